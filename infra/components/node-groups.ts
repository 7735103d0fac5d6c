import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config.ts";
import { COST_TAG } from "../lib/budget-plan.ts";
import { accountOf, allow, serviceTrust } from "../lib/iam.ts";
import { defaultTags } from "../lib/tags.ts";
import { KUBERNETES_VERSION } from "../versions.ts";
import type { Cluster } from "./cluster.ts";
import type { Firewall } from "./firewall.ts";
import type { Network } from "./network.ts";
import { ServiceRole } from "./service-role.ts";

export interface NodeGroupsArgs {
  readonly config: StackConfig;
  readonly cluster: Cluster;
  readonly network: Network;
  readonly firewall: Firewall;
}

/** Label that tells a node's purpose, and the taint that keeps all but VPN servers off endpoint nodes. */
export const ROLE_LABEL = "securevpn.example/role";
export const ENDPOINT_TAINT = {
  key: ROLE_LABEL,
  value: "endpoint",
  effect: "NO_SCHEDULE",
} as const;

const SYSTEM_DISK_GB = 40;
const ENDPOINT_DISK_GB = 20;
/** System nodes may grow by themselves to this many times their first number. */
const SYSTEM_GROWTH = 3;
const ENDPOINT_GROWTH = 5;

/**
 * What only the node can set (AL2023; a MIME part beside the one that EKS adds): pods on the host
 * network cannot set `net.*`, and a WireGuard interface serves one core until it is `threaded`.
 */
const FORWARDING_USER_DATA = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
cat > /etc/sysctl.d/90-forwarding.conf <<'END'
net.ipv4.ip_forward = 1
net.ipv6.conf.all.forwarding = 1
net.ipv4.ip_nonlocal_bind = 1
net.ipv6.ip_nonlocal_bind = 1
net.core.rmem_max = 7500000
net.core.wmem_max = 7500000
net.netfilter.nf_conntrack_max = 1048576
END
echo 'ACTION=="add", SUBSYSTEM=="net", KERNEL=="wg*", ATTR{threaded}="1"' > /etc/udev/rules.d/90-wireguard.rules
printf '%s\\n' wireguard nf_conntrack > /etc/modules-load.d/90-wireguard.conf
modprobe -a wireguard nf_conntrack
udevadm control --reload
sysctl --system
--//--
`;

/**
 * Managed node groups: `system` over the private subnets, and one `endpoint` group a zone and
 * Kubernetes minor in the endpoint subnets, with public addresses and a taint. A managed update ends
 * tunnels after 15 minutes, so an endpoint group is named for its minor and never updated: groups of
 * the new minor stand beside the old ones until those are drained.
 */
export class NodeGroups extends pulumi.ComponentResource {
  readonly system: aws.eks.NodeGroup;
  readonly endpoints: readonly aws.eks.NodeGroup[];
  /** Endpoint groups by zone and minor, e.g. `endpoint-0-v1-36`. */
  readonly endpointsByName: ReadonlyMap<string, aws.eks.NodeGroup>;

  constructor(name: string, args: NodeGroupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:cluster:NodeGroups", name, {}, opts);
    this.system = this.#system(name, args);
    this.endpointsByName = this.#endpoints(name, args);
    this.endpoints = [...this.endpointsByName.values()];
    this.registerOutputs({});
  }

  #system(name: string, { config, cluster, network, firewall }: NodeGroupsArgs): aws.eks.NodeGroup {
    const role = this.#role(`${name}-system`, "System nodes", config);
    const template = this.#template(`${name}-system`, config, firewall.system, SYSTEM_DISK_GB);
    return new aws.eks.NodeGroup(
      `${name}-system`,
      {
        ...common(cluster, role, template, config.systemInstanceType),
        subnetIds: [...network.privateSubnetIds],
        scalingConfig: {
          desiredSize: config.systemNodes,
          minSize: config.systemNodes,
          maxSize: config.systemNodes * SYSTEM_GROWTH,
        },
        labels: { [ROLE_LABEL]: "system" },
      },
      {
        parent: this,
        dependsOn: [...cluster.beforeNodes, ...network.nodeWays, ...role.ready],
        ignoreChanges: ["scalingConfig.desiredSize"],
      },
    );
  }

  #endpoints(
    name: string,
    { config, cluster, network, firewall }: NodeGroupsArgs,
  ): ReadonlyMap<string, aws.eks.NodeGroup> {
    // hostNetwork pods reach the node's credentials whatever the hop limit, so this role can do least.
    const role = this.#role(`${name}-endpoint`, "Endpoint nodes", config);
    const template = this.#template(
      `${name}-endpoint`,
      config,
      firewall.endpoint,
      ENDPOINT_DISK_GB,
      { userData: FORWARDING_USER_DATA, tags: COST_TAG },
    );
    const groups = new Map<string, aws.eks.NodeGroup>();
    for (const version of config.endpointVersions) {
      for (const [zone, subnetId] of network.endpointSubnetIds.entries()) {
        const group = `endpoint-${zone}-v${version.replace(".", "-")}`;
        const nodes = new aws.eks.NodeGroup(
          `${name}-${group}`,
          {
            ...common(cluster, role, template, config.endpointInstanceType),
            version,
            subnetIds: [subnetId],
            scalingConfig: {
              desiredSize: config.endpointNodesPerZone,
              minSize: 1,
              maxSize: config.endpointNodesPerZone * ENDPOINT_GROWTH,
            },
            labels: { [ROLE_LABEL]: "endpoint" },
            taints: [ENDPOINT_TAINT],
          },
          {
            parent: this,
            dependsOn: [...cluster.beforeNodes, ...network.nodeWays, ...role.ready],
            ignoreChanges: ["scalingConfig.desiredSize"],
          },
        );
        groups.set(group, nodes);
      }
    }
    return groups;
  }

  #role(name: string, description: string, config: StackConfig): ServiceRole {
    return new ServiceRole(
      name,
      {
        description,
        accountId: accountOf(config.deployerRoleArn),
        trust: serviceTrust("ec2.amazonaws.com"),
        managedPolicies: ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"],
        // nodeadm asks EC2 for the node's name and joins nothing without an answer; the minimal policy
        // lacks the action, AmazonEKSWorkerNodePolicy has it beside reads of the whole network.
        policy: allow(["ec2:DescribeInstances"], ["*"]),
      },
      { parent: this },
    );
  }

  #template(
    name: string,
    config: StackConfig,
    group: aws.ec2.SecurityGroup,
    diskGb: number,
    { userData, tags: own = {} }: { userData?: string; tags?: Record<string, string> } = {},
  ): aws.ec2.LaunchTemplate {
    // What a node makes (instance, disk, interface) does not get the provider's default tags.
    const tags = defaultTags(config.owner, config.environment, config.region.name);
    return new aws.ec2.LaunchTemplate(
      name,
      {
        vpcSecurityGroupIds: [group.id],
        metadataOptions: {
          httpEndpoint: "enabled",
          httpTokens: "required",
          httpPutResponseHopLimit: 1,
        },
        blockDeviceMappings: [
          {
            deviceName: "/dev/xvda",
            ebs: {
              volumeSize: diskGb,
              volumeType: "gp3",
              encrypted: "true",
              deleteOnTermination: "true",
            },
          },
        ],
        ...(userData === undefined ? {} : { userData: Buffer.from(userData).toString("base64") }),
        tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
          resourceType,
          tags: { ...tags, ...own, Name: name },
        })),
        updateDefaultVersion: true,
      },
      { parent: this },
    );
  }
}

function common(
  cluster: Cluster,
  role: ServiceRole,
  template: aws.ec2.LaunchTemplate,
  instanceType: string,
) {
  return {
    clusterName: cluster.name,
    version: KUBERNETES_VERSION,
    nodeRoleArn: role.arn,
    amiType: /^[a-z]+\d+g/.test(instanceType) ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD",
    instanceTypes: [instanceType],
    launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
    updateConfig: { maxUnavailable: 1 },
  };
}

/** The autoscaling group behind a managed node group. */
export function autoscalingGroupOf(nodes: aws.eks.NodeGroup): pulumi.Output<string> {
  return nodes.resources.apply((resources) => resources[0]?.autoscalingGroups?.[0]?.name ?? "");
}
