import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** What a namespace may hold at most. */
export interface Quota {
  readonly pods: number;
  readonly cpuMilli: number;
  readonly memoryMi: number;
  readonly memoryLimitMi: number;
  readonly claims: number;
  /** Storage of all claims together. */
  readonly storageGi: number;
  readonly nodePorts: number;
}

export interface NamespaceBounds {
  readonly quota: Quota;
  /** Most memory that one container may claim as its limit. */
  readonly containerMemoryMi: number;
}

export interface QuotasArgs extends NamespaceBounds {
  readonly namespace: pulumi.Input<string>;
}

/** What a container gets that states nothing; ours all do. */
const DEFAULT_REQUEST = { cpu: "50m", memory: "64Mi" };
const DEFAULT_LIMIT = { memory: "256Mi" };

/**
 * Bounds of one namespace: a mistake or a break-in in it cannot take the nodes of the others. Room is
 * left for a roll at the autoscaler's most.
 */
export class Quotas extends pulumi.ComponentResource {
  constructor(name: string, args: QuotasArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:Quotas", name, {}, opts);
    const { namespace, quota } = args;
    new kubernetes.core.v1.ResourceQuota(
      name,
      {
        metadata: { name: "bounds", namespace },
        spec: {
          hard: {
            pods: String(quota.pods),
            "requests.cpu": `${quota.cpuMilli}m`,
            "requests.memory": `${quota.memoryMi}Mi`,
            "limits.memory": `${quota.memoryLimitMi}Mi`,
            persistentvolumeclaims: String(quota.claims),
            "requests.storage": `${quota.storageGi}Gi`,
            "services.nodeports": String(quota.nodePorts),
            "services.loadbalancers": "0",
          },
        },
      },
      { parent: this },
    );
    new kubernetes.core.v1.LimitRange(
      name,
      {
        metadata: { name: "defaults", namespace },
        spec: {
          limits: [
            {
              type: "Container",
              defaultRequest: DEFAULT_REQUEST,
              default: DEFAULT_LIMIT,
              max: { memory: `${args.containerMemoryMi}Mi` },
            },
          ],
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
