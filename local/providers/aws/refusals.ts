import type { Properties } from "../provider.ts";
import { listOf, textOf, textsOf, type AwsRecords } from "./records.ts";
import { scalingFault } from "./scaling.ts";

/** AWS's error and sentence for what it would not make or change; undefined: it would. */
type Refusal = (inputs: Properties, records: AwsRecords) => string | undefined;

const GATEWAY = "aws:ec2/internetGateway:InternetGateway";
const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
const SUBNET = "aws:ec2/subnet:Subnet";

/** VPCs of subnets that have no internet gateway yet. */
function vpcsWithoutGateway(subnetIds: readonly string[], records: AwsRecords): string[] {
  const attached = records.ofType(GATEWAY).map(({ inputs }) => textOf(inputs["vpcId"]));
  return subnetIds
    .flatMap((id) => textOf(records.get(SUBNET, id)?.inputs["vpcId"]) ?? [])
    .filter((vpc) => !attached.includes(vpc));
}

/** What AWS decides by what else there is: a program that races its own resources meets it here too. */
export const REFUSALS: Readonly<Record<string, Refusal>> = {
  "aws:ec2/natGateway:NatGateway": (inputs, records) => {
    if (inputs["connectivityType"] === "private") return undefined;
    const [vpc] = vpcsWithoutGateway([textOf(inputs["subnetId"]) ?? ""], records);
    return vpc === undefined
      ? undefined
      : `Gateway.NotAttached: Network ${vpc} has no Internet gateway attached`;
  },
  [NODE_GROUP]: scalingFault,
  "aws:ec2/launchTemplate:LaunchTemplate": ({ networkInterfaces, vpcSecurityGroupIds }) =>
    listOf(networkInterfaces).length > 0 && listOf(vpcSecurityGroupIds).length > 0
      ? "InvalidParameterCombination: Network interfaces and an instance-level security groups may not be specified on the same request"
      : undefined,
  "aws:lb/loadBalancer:LoadBalancer": (inputs, records) => {
    if (inputs["internal"] === true) return undefined;
    const [vpc] = vpcsWithoutGateway(textsOf(inputs["subnets"]), records);
    return vpc === undefined ? undefined : `InvalidSubnet: VPC ${vpc} has no internet gateway`;
  },
};
