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
    upgradePolicy: { supportType: "STANDARD" },
  },
};

const WORLD: readonly Planned[] = [
  "0.0.0.0/0",
  "0.0.0.0/1",
  "128.0.0.0/1",
  "198.51.0.0/16",
  "::/0",
  "8000::/1",
  "pl-0123456789",
  UNKNOWN,
];

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

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const POOL: Fixture = {
  type: "aws:eks/nodeGroup:NodeGroup",
  name: "pool",
  props: {
    amiType: "AL2023_ARM_64_STANDARD",
    launchTemplate: { id: UNKNOWN, version: UNKNOWN },
  },
  from: { launchTemplate: ["template"] },
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
  ...ZONES.map((zone) => group(`system-${zone}`, [`private-${zone}`], "system-template")),
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
          says: /must be known CIDRs of \/24 or narrower/,
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
        {
          title: "support that costs six times as much, AWS's default",
          change: { upgradePolicy: undefined },
          says: /supportType must be "STANDARD"/,
        },
        {
          title: "nodes that EKS makes by itself",
          change: { computeConfig: { enabled: true } },
          says: /computeConfig.enabled must be off/,
        },
        {
          title: "a control plane of a provisioned size",
          change: { controlPlaneScalingConfig: { tier: "tier-4xl" } },
          says: [
            "controlPlaneScalingConfig.tier must be standard: a provisioned tier costs more an hour than the price that is counted",
          ],
        },
      ],
    },
    {
      rule: launchTemplate,
      compliant: [TEMPLATE, POOL],
      fine: [
        {
          title: "a version that the cloud says is the newest",
          of: "pool",
          change: { "launchTemplate.version": "4" },
          without: ["template"],
          also: [{ ...TEMPLATE, answer: { latestVersion: 4 } }],
        },
        {
          title: "user data without a secret",
          change: { userData: base64("#!/bin/bash\nsysctl --system\n") },
        },
      ],
      violating: [
        {
          title: "a version older than the newest",
          of: "pool",
          change: { "launchTemplate.version": "3" },
          without: ["template"],
          also: [{ ...TEMPLATE, answer: { latestVersion: 4 } }],
          says: /launchTemplate.version must be the template's latestVersion/,
        },
        {
          title: "a version that the program writes down",
          of: "pool",
          change: { "launchTemplate.version": "1" },
          says: /launchTemplate.version must be the template's latestVersion/,
        },
        {
          title: "the version that somebody calls the default",
          of: "pool",
          change: { "launchTemplate.version": "$Default" },
          says: /launchTemplate.version must be the template's latestVersion/,
        },
        {
          title: "spot nodes",
          of: "pool",
          change: { capacityType: "SPOT" },
          says: /capacityType must be ON_DEMAND/,
        },
        {
          title: "an image of somebody's",
          of: "pool",
          change: { amiType: "CUSTOM" },
          says: /amiType must be an image of EKS's own/,
        },
        {
          title: "an image in the template",
          change: { imageId: "ami-0123456789" },
          says: /imageId must be left out/,
        },
        {
          title: "a key to log in with",
          change: { keyName: "ops" },
          says: /keyName must be left out/,
        },
        ...[
          'PASSWORD="hunter2hunter2"',
          "aws_key=AKIAABCDEFGHIJKLMNOP",
          "-----BEGIN RSA PRIVATE KEY-----",
        ].map((line): Violation => ({
          title: `user data with ${line.slice(0, 8)}...`,
          change: { userData: base64(`#!/bin/bash\nexport ${line}\n`) },
          says: /userData must be known in preview and hold no secret/,
        })),
        {
          title: "a second disk that is plain",
          change: {
            "blockDeviceMappings.1": undefined,
            blockDeviceMappings: [{ ebs: { encrypted: "true" } }, { ebs: { volumeSize: 5 } }],
          },
          says: /encrypted must be true/,
        },
        {
          title: "a machine beside the node groups",
          also: [{ type: "aws:ec2/instance:Instance", name: "bastion", props: {} }],
          says: /machines must come from node groups/,
        },
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
          title: "system groups in two zones",
          of: "private-c",
          change: { availabilityZone: "b" },
          says: /system groups together must lie in at least 3 zones/,
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
          of: "system-a",
          options: { from: {} },
          says: /must be subnets of this stack/,
        },
      ],
    },
  ]);
});
