import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config.ts";
import { KUBERNETES_VERSION } from "../versions.ts";
import type { Cluster } from "./cluster.ts";
import type { Firewall } from "./firewall.ts";
import type { Network } from "./network.ts";
import { serviceRole } from "./service-role.ts";

export interface NodeGroupsArgs {
  readonly config: StackConfig;
  readonly cluster: Cluster;
  readonly network: Network;
  readonly firewall: Firewall;
}

/** Label that tells a node's purpose, and the taint that keeps all but VPN servers off endpoint nodes. */
export const ROLE_LABEL = "securevpn.example/role";
export const ENDPOINT_TAINT = { key: ROLE_LABEL, value: "endpoint", effect: "NO_SCHEDULE" } as const;

const SYSTEM_DISK_GB = 40;
const ENDPOINT_DISK_GB = 20;
/** System nodes may grow by themselves to this many times their first number. */
const SYSTEM_GROWTH = 3;
const ENDPOINT_GROWTH = 5;

/** Forwarding must be set on the node: pods on the host network cannot set `net.*` (AL2023, nodeadm MIME part). */
const FORWARDING_USER_DATA = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
cat > /etc/sysctl.d/90-forwarding.conf <<'END'
net.ipv4.ip_forward = 1
net.ipv6.conf.all.forwarding = 1
net.core.rmem_max = 7500000
net.core.wmem_max = 7500000
net.netfilter.nf_conntrack_max = 1048576
END
modprobe wireguard nf_conntrack
sysctl --system
--//--
`;

/**
 * Managed node groups: `system` over the private subnets, and one `endpoint` group a zone in the
 * endpoint subnets, with public addresses and a taint. Replacing an endpoint group cuts its tunnels:
 * groups are upgraded by adding one of the new version and draining the old.
 */
export class NodeGroups extends pulumi.ComponentResource {
  readonly system: aws.eks.NodeGroup;
  readonly endpoints: readonly aws.eks.NodeGroup[];

  constructor(name: string, args: NodeGroupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:cluster:NodeGroups", name, {}, opts);
    this.system = this.#system(name, args);
    this.endpoints = this.#endpoints(name, args);
    this.registerOutputs({});
  }

  #system(name: string, { config, cluster, network, firewall }: NodeGroupsArgs): aws.eks.NodeGroup {
    const role = serviceRole(this, `${name}-system`, "ec2.amazonaws.com", ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"]);
    const template = this.#template(`${name}-system`, firewall.system, SYSTEM_DISK_GB);
    return new aws.eks.NodeGroup(
      `${name}-system`,
      {
        ...common(cluster, role, template, config.systemInstanceType),
        subnetIds: [...network.privateSubnetIds],
        scalingConfig: { desiredSize: config.systemNodes, minSize: config.systemNodes, maxSize: config.systemNodes * SYSTEM_GROWTH },
        labels: { [ROLE_LABEL]: "system" },
      },
      { parent: this, dependsOn: [cluster.networking], ignoreChanges: ["scalingConfig.desiredSize"] },
    );
  }

  #endpoints(name: string, { config, cluster, network, firewall }: NodeGroupsArgs): aws.eks.NodeGroup[] {
    // hostNetwork pods reach the node's credentials whatever the hop limit, so this role can do least.
    const role = serviceRole(this, `${name}-endpoint`, "ec2.amazonaws.com", ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"]);
    const template = this.#template(`${name}-endpoint`, firewall.endpoint, ENDPOINT_DISK_GB, FORWARDING_USER_DATA);
    return network.endpointSubnetIds.map(
      (subnetId, index) =>
        new aws.eks.NodeGroup(
          `${name}-endpoint-${index}`,
          {
            ...common(cluster, role, template, config.endpointInstanceType),
            subnetIds: [subnetId],
            scalingConfig: { desiredSize: config.endpointNodesPerZone, minSize: 1, maxSize: config.endpointNodesPerZone * ENDPOINT_GROWTH },
            labels: { [ROLE_LABEL]: "endpoint" },
            taints: [ENDPOINT_TAINT],
          },
          { parent: this, dependsOn: [cluster.networking], ignoreChanges: ["scalingConfig.desiredSize"] },
        ),
    );
  }

  #template(name: string, group: aws.ec2.SecurityGroup, diskGb: number, userData?: string): aws.ec2.LaunchTemplate {
    return new aws.ec2.LaunchTemplate(
      name,
      {
        vpcSecurityGroupIds: [group.id],
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { volumeSize: diskGb, volumeType: "gp3", encrypted: "true", deleteOnTermination: "true" } }],
        ...(userData === undefined ? {} : { userData: Buffer.from(userData).toString("base64") }),
        updateDefaultVersion: true,
      },
      { parent: this },
    );
  }
}

function common(cluster: Cluster, role: aws.iam.Role, template: aws.ec2.LaunchTemplate, instanceType: string) {
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
