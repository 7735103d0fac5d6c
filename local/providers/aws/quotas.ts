import { SERVICE_QUOTAS, type ServiceQuota } from "../../../facts/service-quotas.ts";
import { capacityOf } from "../../cloud/instance-types.ts";
import type { AskedFields } from "./new-record.ts";
import { numberOf, objectOf, textOf, textsOf, type AwsRecords } from "./records.ts";
import type { Properties } from "../provider.ts";

const SUBNET = "aws:ec2/subnet:Subnet";

interface Bound {
  readonly quota: ServiceQuota;
  /** AWS's error. */
  readonly error: string;
  /** What one resource takes of the quota. @default 1 */
  readonly takes?: (inputs: Properties) => number;
  /** Resources that share the quota within a region have the same. @default all */
  readonly share?: (inputs: Properties, records: AwsRecords) => string;
}

const groupOf = (inputs: Properties): string => textOf(inputs["securityGroupId"]) ?? "";
const zoneOf = (inputs: Properties, records: AwsRecords): string => {
  const subnet = records.get(SUBNET, textOf(inputs["subnetId"]) ?? "");
  return textOf(subnet?.inputs["availabilityZone"]) ?? "";
};
const vcpusOf = (inputs: Properties): number => {
  const type = textsOf(inputs["instanceTypes"])[0] ?? "t3.medium";
  return (
    (numberOf(objectOf(inputs["scalingConfig"])["desiredSize"]) ?? 0) *
    Number(capacityOf(type).capacity.cpu)
  );
};

const RULES: Bound = {
  quota: SERVICE_QUOTAS.rules,
  error: "RulesPerSecurityGroupLimitExceeded",
  share: groupOf,
};

const BOUNDS: Readonly<Record<string, Bound>> = {
  "aws:ec2/vpc:Vpc": { quota: SERVICE_QUOTAS.vpcs, error: "VpcLimitExceeded" },
  "aws:ec2/internetGateway:InternetGateway": {
    quota: SERVICE_QUOTAS.internetGateways,
    error: "InternetGatewayLimitExceeded",
  },
  "aws:ec2/eip:Eip": { quota: SERVICE_QUOTAS.addresses, error: "AddressLimitExceeded" },
  "aws:ec2/natGateway:NatGateway": {
    quota: SERVICE_QUOTAS.natGateways,
    error: "NatGatewayLimitExceeded",
    share: zoneOf,
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": RULES,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": RULES,
  "aws:eks/nodeGroup:NodeGroup": {
    quota: SERVICE_QUOTAS.standardVcpus,
    error: "VcpuLimitExceeded",
    takes: vcpusOf,
  },
  "aws:rds/instance:Instance": {
    quota: SERVICE_QUOTAS.databases,
    error: "InstanceQuotaExceeded",
  },
  "aws:lb/loadBalancer:LoadBalancer": {
    quota: SERVICE_QUOTAS.balancers,
    error: "TooManyLoadBalancers",
  },
};

/** AWS's error for a new resource that is one too many in its region; undefined: there is room. */
export function overQuota(
  records: AwsRecords,
  { type, region, inputs }: Pick<AskedFields, "type" | "region" | "inputs">,
): string | undefined {
  const bound = BOUNDS[type];
  if (bound === undefined) return undefined;
  const { quota, error, takes = () => 1, share = () => "" } = bound;
  const own = share(inputs, records);
  const used = records
    .ofType(type)
    .filter((record) => record.region === region && share(record.inputs, records) === own)
    .reduce((sum, record) => sum + takes(record.inputs), 0);
  return used + takes(inputs) <= quota.value
    ? undefined
    : `${error}: ${quota.name} in ${region} is ${quota.value} (quota ${quota.code}), and ${used} are in use`;
}
