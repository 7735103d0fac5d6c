import { describe } from "mocha";
import { clusterEncryption } from "../../../policies/aws/cluster-encryption.ts";
import { clusterEndpoint } from "../../../policies/aws/cluster-endpoint.ts";
import { clusterLogs } from "../../../policies/aws/cluster-logs.ts";
import { clusterVersionAccess } from "../../../policies/aws/cluster-version-access.ts";
import { launchTemplate } from "../../../policies/aws/launch-template.ts";
import { nodeGroupSubnets } from "../../../policies/aws/node-group-subnets.ts";
import { UNKNOWN, type Planned } from "../../../policies/lib/planned.ts";
import { describeCases, type Violation } from "../cases.ts";
import type { Fixture } from "../support.ts";

const CLUSTER: Fixture = {
  type: "aws:eks/cluster:Cluster",
  name: "cluster",
  props: {
    version: "1.36",
    roleArn: UNKNOWN,
    vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: false, subnetIds: [UNKNOWN] },
    accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
    encryptionConfig: { provider: { keyArn: UNKNOWN }, resources: ["secrets"] },
    enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
    deletionProtection: true,
  },
};

const WORLD: readonly Planned[] = ["0.0.0.0/0", "::/0", UNKNOWN];

const TEMPLATE: Fixture = {
  type: "aws:ec2/launchTemplate:LaunchTemplate",
  name: "template",
  props: {
    metadataOptions: {
      httpEndpoint: "enabled",
      httpTokens: "required",
      httpPutResponseHopLimit: 1,
    },
    blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { encrypted: "true", volumeSize: 20 } }],
  },
};

const subnet = (tier: string, zone: string): Fixture => ({
  type: "aws:ec2/subnet:Subnet",
  name: `${tier}-${zone}`,
  props: { availabilityZone: zone, mapPublicIpOnLaunch: tier === "endpoint", tags: { tier } },
});
const group = (name: string, subnetIds: readonly string[], template: string): Fixture => ({
  type: "aws:eks/nodeGroup:NodeGroup",
  name,
  props: { subnetIds: subnetIds.map(() => UNKNOWN) },
  from: { subnetIds, launchTemplate: [template] },
});
const ZONES = ["a", "b", "c"];
const template = (name: string): Fixture => ({ ...TEMPLATE, name });
const NODES: readonly Fixture[] = [
  group("system", ["private-a", "private-b", "private-c"], "system-template"),
  ...ZONES.map((zone) =>
    group(`endpoint-group-${zone}`, [`endpoint-${zone}`], "endpoint-template"),
  ),
  ...ZONES.flatMap((zone) => [subnet("private", zone), subnet("endpoint", zone)]),
  template("system-template"),
  template("endpoint-template"),
];

describe("policies of the cluster", () => {
  describeCases([
    {
      rule: clusterEndpoint,
      compliant: [CLUSTER],
      fine: [
        {
          title: "a public endpoint for listed CIDRs",
          change: {
            "vpcConfig.endpointPublicAccess": true,
            "vpcConfig.publicAccessCidrs": ["192.0.2.0/24"],
          },
        },
      ],
      violating: [
        {
          title: "no private endpoint",
          change: { "vpcConfig.endpointPrivateAccess": false },
          says: /endpointPrivateAccess must be true/,
        },
        {
          title: "a public endpoint for everybody, as AWS makes it",
          change: { "vpcConfig.endpointPublicAccess": undefined },
          says: /publicAccessCidrs must list who may call/,
        },
        ...WORLD.map((cidr): Violation => ({
          title: `a public endpoint for ${String(cidr)}`,
          change: {
            "vpcConfig.endpointPublicAccess": true,
            "vpcConfig.publicAccessCidrs": [cidr],
          },
          says: /must be known CIDRs, none of them the whole internet/,
        })),
        {
          title: "networking that is not known",
          change: { vpcConfig: UNKNOWN },
          says: /endpointPrivateAccess must be true/,
        },
      ],
    },
    {
      rule: clusterEncryption,
      compliant: [CLUSTER],
      violating: [
        {
          title: "no encryption",
          change: { encryptionConfig: undefined },
          says: /must name a KMS key/,
        },
        {
          title: "a key for something else",
          change: { "encryptionConfig.resources": [] },
          says: /must hold "secrets"/,
        },
      ],
    },
    {
      rule: clusterLogs,
      compliant: [CLUSTER],
      violating: [
        {
          title: "no log",
          change: { enabledClusterLogTypes: undefined },
          says: /lacks api, audit/,
        },
        {
          title: "one log missing",
          change: { "enabledClusterLogTypes.1": "api" },
          says: /lacks audit$/,
        },
      ],
    },
    {
      rule: clusterVersionAccess,
      compliant: [CLUSTER],
      violating: [
        { title: "a version past its support", change: { version: "1.29" }, says: /one of 1\.3/ },
        { title: "no version", change: { version: undefined }, says: /version must be one of/ },
        {
          title: "access by a ConfigMap",
          change: { "accessConfig.authenticationMode": "API_AND_CONFIG_MAP" },
          says: /authenticationMode must be "API"/,
        },
        {
          title: "an admin by creation, as AWS makes it",
          change: { "accessConfig.bootstrapClusterCreatorAdminPermissions": undefined },
          says: /bootstrapClusterCreatorAdminPermissions must be false/,
        },
        {
          title: "no deletion protection",
          change: { deletionProtection: false },
          says: /deletionProtection must be true/,
        },
      ],
    },
    {
      rule: launchTemplate,
      compliant: [TEMPLATE],
      violating: [
        {
          title: "IMDSv1",
          change: { "metadataOptions.httpTokens": "optional" },
          says: /httpTokens must be "required"/,
        },
        {
          title: "two hops",
          change: { "metadataOptions.httpPutResponseHopLimit": 2 },
          says: /HopLimit must be 1/,
        },
        {
          title: "a plain disk",
          change: { "blockDeviceMappings.0.ebs.encrypted": "false" },
          says: /encrypted must be true/,
        },
        {
          title: "a disk that it does not name",
          change: { blockDeviceMappings: undefined },
          says: /must name the root disk/,
        },
        {
          title: "a disk that may be plain",
          change: { "blockDeviceMappings.0.ebs.encrypted": UNKNOWN },
          says: /encrypted must be true/,
        },
      ],
    },
    {
      rule: nodeGroupSubnets,
      compliant: NODES,
      violating: [
        {
          title: "a system group in a public subnet",
          of: "private-a",
          change: { mapPublicIpOnLaunch: true },
          says: /subnetIds must be private/,
        },
        {
          title: "a system group in two zones",
          of: "private-c",
          change: { availabilityZone: "b" },
          says: /at least 3 zones/,
        },
        {
          title: "a system group with public addresses of its own",
          of: "system-template",
          change: { networkInterfaces: [{ associatePublicIpAddress: "true" }] },
          says: /must not give public addresses/,
        },
        {
          title: "an endpoint group in a subnet without public addresses",
          of: "endpoint-b",
          change: { mapPublicIpOnLaunch: undefined },
          says: /mapPublicIpOnLaunch must be true/,
        },
        {
          title: "endpoint groups in two zones",
          without: ["endpoint-group-c"],
          says: /endpoint groups together must lie in at least 3 zones/,
        },
        {
          title: "a group in subnets of nobody",
          of: "system",
          options: { from: {} },
          says: /must be subnets of this stack/,
        },
      ],
    },
  ]);
});
