import type { Planned } from "./planned.ts";

const AWS = "arn:aws:iam::aws:policy";

/**
 * AWS-managed policies that a role may carry, each with the one service that may assume such a role. A
 * name says little of what a managed policy allows (AmazonSSMManagedInstanceCore reads every parameter
 * of the account), so each was read before it came here.
 */
export const MANAGED: Readonly<Record<string, string>> = {
  [`${AWS}/AmazonEKSClusterPolicy`]: "eks.amazonaws.com",
  [`${AWS}/AmazonEKS_CNI_Policy`]: "pods.eks.amazonaws.com",
  [`${AWS}/AmazonEKSWorkerNodeMinimalPolicy`]: "ec2.amazonaws.com",
  [`${AWS}/AmazonEC2ContainerRegistryPullOnly`]: "ec2.amazonaws.com",
  [`${AWS}/service-role/AmazonEBSCSIDriverPolicy`]: "pods.eks.amazonaws.com",
  [`${AWS}/service-role/AmazonRDSEnhancedMonitoringRole`]: "monitoring.rds.amazonaws.com",
};

/** The service that a role with this policy must trust; undefined: the policy is not on the list. */
export const trustedByManaged = (arn: Planned | undefined): string | undefined =>
  typeof arn === "string" && Object.hasOwn(MANAGED, arn) ? MANAGED[arn] : undefined;
