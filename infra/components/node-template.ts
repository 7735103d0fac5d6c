import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config.ts";
import { contentHash } from "../lib/bundle.ts";
import { COST_TAG } from "../lib/budget-plan.ts";
import { FORWARDING_USER_DATA } from "../lib/endpoint-user-data.ts";
import { defaultTags } from "../lib/tags.ts";
import { AMI_RELEASES } from "../versions.ts";

const SYSTEM_DISK_GB = 40;
const ENDPOINT_DISK_GB = 20;
const GENERATION_DIGITS = 7;

/** What decides how a node runs; owner, tags and names are not in it. */
const launchOf = (diskGb: number, userData?: string) => ({
  metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
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
});
const SYSTEM_LAUNCH = launchOf(SYSTEM_DISK_GB);
const ENDPOINT_LAUNCH = launchOf(ENDPOINT_DISK_GB, FORWARDING_USER_DATA);

/**
 * How long an instance's network card remembers an idle flow; a full table drops new ones. TCP: 5 days
 * by default (60 to 432,000 s); RFC 5382 asks 2 hours 4 minutes of what translates addresses, as VPN
 * servers do, and push services of phones rest up to half an hour. UDP: 180 s (60 to 180) for a flow
 * of several exchanges, 30 s (30 to 60) for one, which is mostly DNS.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
 */
const CONNECTION_TRACKING = {
  tcpEstablishedTimeout: 7_440,
  udpStreamTimeout: 180,
  udpTimeout: 30,
};

/** The machine image and type of a group's nodes; an image without a pin is EKS's newest at the start. */
export const machineOf = (instanceType: string, version: string) => ({
  ...(AMI_RELEASES[version] === undefined ? {} : { releaseVersion: AMI_RELEASES[version] }),
  amiType: /^[a-z]+\d+g/.test(instanceType) ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD",
  instanceTypes: [instanceType],
});

/**
 * Generation of endpoint nodes: a hash of all that an endpoint node is made from, and that no running
 * one can take on. Templates and groups carry it in their names, so a change of it makes new ones
 * beside the old, and nothing else changes an old one.
 */
export const endpointGeneration = (
  { endpointInstanceType }: StackConfig,
  version: string,
): string =>
  contentHash(
    JSON.stringify([
      ENDPOINT_LAUNCH,
      CONNECTION_TRACKING,
      machineOf(endpointInstanceType, version),
    ]),
  ).slice(0, GENERATION_DIGITS);

export function systemTemplate(
  name: string,
  config: StackConfig,
  group: aws.ec2.SecurityGroup,
  opts: pulumi.CustomResourceOptions,
): aws.ec2.LaunchTemplate {
  const args = { ...SYSTEM_LAUNCH, vpcSecurityGroupIds: [group.id] };
  return new aws.ec2.LaunchTemplate(name, { ...args, ...tagged(name, config) }, opts);
}

/**
 * Connection tracking is a setting of an interface, and a template that states one states its groups
 * there: EC2 refuses both places. The subnet (which EKS forbids here) and its rule of public addresses
 * stay the node group's. https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
 */
const endpointInterface = (group: aws.ec2.SecurityGroup) => ({
  deviceIndex: 0,
  securityGroups: [group.id],
  connectionTrackingSpecification: CONNECTION_TRACKING,
  deleteOnTermination: "true",
});

export function endpointTemplate(
  name: string,
  config: StackConfig,
  group: aws.ec2.SecurityGroup,
  opts: pulumi.CustomResourceOptions,
): aws.ec2.LaunchTemplate {
  const args = { ...ENDPOINT_LAUNCH, networkInterfaces: [endpointInterface(group)] };
  return new aws.ec2.LaunchTemplate(name, { ...args, ...tagged(name, config, COST_TAG) }, opts);
}

/** What a node makes (instance, disk, interface) does not get the provider's default tags. */
function tagged(
  name: string,
  { owner, environment, region }: StackConfig,
  own: Readonly<Record<string, string>> = {},
) {
  const tags = { ...defaultTags(owner, environment, region.name), ...own, Name: name };
  return {
    tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
      resourceType,
      tags,
    })),
    updateDefaultVersion: true,
  };
}
