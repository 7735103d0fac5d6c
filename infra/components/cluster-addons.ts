import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config.ts";
import { accountOf, podIdentityTrust } from "../lib/iam.ts";
import { physicalName } from "../lib/names.ts";
import type { Cluster } from "./cluster.ts";
import { PodLogs } from "./pod-logs.ts";
import { ServiceRole } from "./service-role.ts";

export interface ClusterAddonsArgs {
  readonly config: StackConfig;
  readonly cluster: Cluster;
  /** Nodes that their pods run on: an add-on without one never becomes active. */
  readonly nodes: readonly pulumi.Resource[];
}

/** Add-ons that need no right in AWS: DNS, and what measures pods, objects and nodes. */
const PLAIN = ["coredns", "metrics-server", "kube-state-metrics", "prometheus-node-exporter"];
/** Service account of the volume driver's controller; the add-on makes it. */
const EBS_ACCOUNT = "ebs-csi-controller-sa";

/**
 * The add-ons that run on nodes and so come after them; what nodes themselves need is the cluster's.
 * Free but for the logs. An update of one rolls its pods and touches no other.
 */
export class ClusterAddons extends pulumi.ComponentResource {
  /** What workloads wait for. */
  readonly all: readonly pulumi.Resource[];

  constructor(name: string, args: ClusterAddonsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:cluster:ClusterAddons", name, {}, opts);
    const plain = PLAIN.map((addon) =>
      args.cluster.addon(`cluster-${addon}`, addon, {}, args.nodes),
    );
    this.all = [...plain, this.#volumes(name, args)];
    // Nothing waits for it: services run without their logs being kept.
    new PodLogs(
      "pod-logs",
      { config: args.config, cluster: args.cluster, nodes: [args.nodes].flat() },
      { parent: this },
    );
    this.registerOutputs({});
  }

  /** Volumes of Prometheus and Alertmanager. Its rights come by Pod Identity. */
  #volumes(name: string, { config, cluster, nodes }: ClusterAddonsArgs): pulumi.Resource {
    const role = new ServiceRole(
      `${name}-ebs-csi`,
      {
        description: "EBS CSI driver: volumes of pods",
        accountId: accountOf(config.deployerRoleArn),
        trust: podIdentityTrust(
          accountOf(config.deployerRoleArn),
          config.region.awsRegion,
          physicalName(config.region.name, "cluster"),
        ),
        managedPolicies: ["service-role/AmazonEBSCSIDriverPolicy"],
      },
      { parent: this },
    );
    return cluster.addon(
      "cluster-ebs-csi",
      "aws-ebs-csi-driver",
      { podIdentityAssociations: [{ serviceAccount: EBS_ACCOUNT, roleArn: role.arn }] },
      [...nodes, ...role.ready],
    );
  }
}
