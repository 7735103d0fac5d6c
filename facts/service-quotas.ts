/** One of an account's bounds in an AWS region (Service Quotas). */
export interface ServiceQuota {
  readonly code: string;
  readonly name: string;
  readonly value: number;
}

/**
 * Quotas that a stack comes near to, at AWS's defaults (https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html,
 * as of 2026-11), but for vCPUs: a new account has few, and the runbook asks for this many
 * (docs/before-first-deployment.md, step 5).
 */
export const SERVICE_QUOTAS = {
  vpcs: { code: "L-F678F1CE", name: "VPCs per Region", value: 5 },
  internetGateways: { code: "L-A4707A72", name: "Internet gateways per Region", value: 5 },
  addresses: { code: "L-0263D0A3", name: "EC2-VPC Elastic IPs", value: 5 },
  natGateways: { code: "L-FE5A380F", name: "NAT gateways per Availability Zone", value: 5 },
  rules: { code: "L-0EA8095F", name: "Inbound or outbound rules per security group", value: 60 },
  standardVcpus: {
    code: "L-1216C47A",
    name: "Running On-Demand Standard instances, vCPUs",
    value: 256,
  },
  databases: { code: "L-7B6409FD", name: "DB instances", value: 40 },
  balancers: { code: "L-53DA6B97", name: "Application Load Balancers per Region", value: 50 },
} as const satisfies Readonly<Record<string, ServiceQuota>>;
