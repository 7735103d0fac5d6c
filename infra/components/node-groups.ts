import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config.ts";
import { accountOf, documentOf, serviceTrust, type Statement } from "../lib/iam.ts";
import { endpointBounds, systemBounds, type Bounds } from "../lib/node-bounds.ts";
import { KUBERNETES_VERSION } from "../versions.ts";
import type { Cluster } from "./cluster.ts";
import type { Firewall } from "./firewall.ts";
import type { Network } from "./network.ts";
import {
  endpointGeneration,
  endpointTemplate,
  machineOf,
  systemTemplate,
} from "./node-template.ts";
import { ServiceRole } from "./service-role.ts";

export interface NodeGroupsArgs {
  readonly config: StackConfig;
  readonly cluster: Cluster;
  readonly network: Network;
  readonly firewall: Firewall;
}

/** A node group, and the bounds within which the autoscaler may move its size. */
export interface BoundedGroup extends Bounds {
  readonly nodes: aws.eks.NodeGroup;
}

/** Label that tells a node's purpose, and the taint that keeps all but VPN servers off endpoint nodes. */
export const ROLE_LABEL = "securevpn.example/role";
export const ENDPOINT_TAINT = {
  key: ROLE_LABEL,
  value: "endpoint",
  effect: "NO_SCHEDULE",
} as const;

/**
 * What EKS itself lets a group grow to: its quota of nodes in a managed group. The bounds that count
 * are the autoscaler's (cluster-autoscaler.ts), which an `up` can change and no node feels.
 */
const GROUP_QUOTA = 450;
/**
 * Session Manager, for a person at a system node: what its agent needs and no more, since
 * AmazonSSMManagedInstanceCore reads every parameter of the account. Endpoint nodes have none: who sits there
 * sees who talks to whom. Channels know no resource.
 */
const sessions = ({ region, deployerRoleArn }: StackConfig): Statement[] => [
  {
    Effect: "Allow",
    Action: ["ssm:UpdateInstanceInformation"],
    Resource: [`arn:aws:ec2:${region.awsRegion}:${accountOf(deployerRoleArn)}:instance/*`],
  },
  {
    Effect: "Allow",
    Action: [
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ],
    Resource: ["*"],
  },
];
/** What a kept generation is made from lies in the cloud, not in the program of today. */
const AS_IT_IS = ["*"];

/**
 * Managed node groups, one a zone: `system` in the private subnets (a pod that waits for its volume's
 * zone can only be helped by a group of that zone), `endpoint` in the endpoint subnets, with public
 * addresses and a taint.
 *
 * The number of nodes is the autoscaler's after the first `up`. The provider sends `desiredSize`
 * whenever anything in `scalingConfig` differs, and `ignoreChanges` on it would send the number of
 * the last `up` and end the nodes that came since; so the whole block is the first `up`'s alone.
 *
 * A managed update ends tunnels after 15 minutes, so an endpoint group is named for its Kubernetes
 * minor and its generation (node-template.ts) and never updated: new groups stand beside the old ones
 * until those are drained. They are protected: an `up` that would take one away is refused.
 */
export class NodeGroups extends pulumi.ComponentResource {
  /** One a zone. */
  readonly system: readonly aws.eks.NodeGroup[];
  readonly endpoints: readonly aws.eks.NodeGroup[];
  /** All groups by purpose and zone, endpoint ones by minor and generation too, e.g. `endpoint-0-v1-36-0a1b2c3`. */
  readonly byName: ReadonlyMap<string, BoundedGroup>;

  constructor(name: string, args: NodeGroupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:cluster:NodeGroups", name, {}, opts);
    const system = this.#system(name, args);
    const endpoints = this.#endpoints(name, args);
    this.system = system.map(([, { nodes }]) => nodes);
    this.endpoints = endpoints.map(([, { nodes }]) => nodes);
    this.byName = new Map([...system, ...endpoints]);
    this.registerOutputs({});
  }

  #system(
    name: string,
    { config, cluster, network, firewall }: NodeGroupsArgs,
  ): [string, BoundedGroup][] {
    const role = this.#role(`${name}-system`, "System nodes", config, sessions(config));
    const template = systemTemplate(`${name}-system`, config, firewall.system, { parent: this });
    return network.privateSubnetIds.map((subnetId, zone, { length: zones }) => {
      const bounds = systemBounds(config.systemNodes, zone, zones);
      const nodes = new aws.eks.NodeGroup(
        `${name}-system-${zone}`,
        {
          ...common(cluster, role, template, config.systemInstanceType, KUBERNETES_VERSION),
          subnetIds: [subnetId],
          scalingConfig: { desiredSize: bounds.min, minSize: 0, maxSize: GROUP_QUOTA },
          labels: { [ROLE_LABEL]: "system" },
        },
        {
          parent: this,
          dependsOn: [...cluster.beforeNodes, ...network.nodeWays, ...role.ready],
          ignoreChanges: ["scalingConfig"],
        },
      );
      return [`system-${zone}`, { nodes, ...bounds }];
    });
  }

  #endpoints(name: string, args: NodeGroupsArgs): [string, BoundedGroup][] {
    const { config, firewall } = args;
    // hostNetwork pods reach the node's credentials whatever the hop limit, so this role can do least.
    const role = this.#role(`${name}-endpoint`, "Endpoint nodes", config);
    const templates = new Map<string, aws.ec2.LaunchTemplate>();
    return config.endpointVersions.flatMap((entry) => {
      const [version = "", named] = entry.split("-");
      const current = endpointGeneration(config, version);
      const generation = named ?? current;
      const kept = generation !== current;
      const template =
        templates.get(generation) ??
        endpointTemplate(`${name}-endpoint-${generation}`, config, firewall.endpoint, {
          parent: this,
          ...(kept ? { ignoreChanges: AS_IT_IS } : {}),
        });
      templates.set(generation, template);
      return this.#zones(name, args, { version, generation, kept, role, template });
    });
  }

  #zones(
    name: string,
    { config, cluster, network }: NodeGroupsArgs,
    { version, generation, kept, role, template }: Generation,
  ): [string, BoundedGroup][] {
    const bounds = endpointBounds(config.endpointNodesPerZone);
    return network.endpointSubnetIds.map((subnetId, zone) => {
      const group = `endpoint-${zone}-v${version.replace(".", "-")}-${generation}`;
      const nodes = new aws.eks.NodeGroup(
        `${name}-${group}`,
        {
          ...common(cluster, role, template, config.endpointInstanceType, version),
          subnetIds: [subnetId],
          scalingConfig: {
            desiredSize: config.endpointNodesPerZone,
            minSize: bounds.min,
            maxSize: GROUP_QUOTA,
          },
          labels: { [ROLE_LABEL]: "endpoint" },
          taints: [ENDPOINT_TAINT],
        },
        {
          parent: this,
          protect: config.protect,
          dependsOn: [...cluster.beforeNodes, ...network.nodeWays, ...role.ready],
          // A new version of the template (tags) is for nodes of the next generation.
          ignoreChanges: kept ? AS_IT_IS : ["scalingConfig", "launchTemplate.version"],
        },
      );
      return [group, { nodes, ...bounds }];
    });
  }

  #role(
    name: string,
    description: string,
    config: StackConfig,
    more: readonly Statement[] = [],
  ): ServiceRole {
    return new ServiceRole(
      name,
      {
        description,
        accountId: accountOf(config.deployerRoleArn),
        trust: serviceTrust("ec2.amazonaws.com"),
        managedPolicies: ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"],
        // nodeadm asks EC2 for the node's name and joins nothing without an answer; the minimal policy
        // lacks the action, AmazonEKSWorkerNodePolicy has it beside reads of the whole network.
        policy: documentOf([
          { Effect: "Allow", Action: ["ec2:DescribeInstances"], Resource: ["*"] },
          ...more,
        ]),
      },
      { parent: this },
    );
  }
}

interface Generation {
  readonly version: string;
  readonly generation: string;
  /** It is older than what the program would make now. */
  readonly kept: boolean;
  readonly role: ServiceRole;
  readonly template: aws.ec2.LaunchTemplate;
}

function common(
  cluster: Cluster,
  role: ServiceRole,
  template: aws.ec2.LaunchTemplate,
  instanceType: string,
  version: string,
) {
  return {
    clusterName: cluster.name,
    version,
    nodeRoleArn: role.arn,
    ...machineOf(instanceType, version),
    launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
    updateConfig: { maxUnavailable: 1 },
  };
}

/** The autoscaling group behind a managed node group. */
export function autoscalingGroupOf(nodes: aws.eks.NodeGroup): pulumi.Output<string> {
  return nodes.resources.apply((resources) => resources[0]?.autoscalingGroups?.[0]?.name ?? "");
}
