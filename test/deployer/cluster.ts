/** Cluster and roles. Sources: as in network.ts, and the pages of AWS that are named. */
import {
  ACCOUNT,
  arn,
  input,
  physical,
  roleArn,
  roleBehind,
  roleNamed,
  roleOf,
  UUID,
  type Planned,
} from "./planned.ts";
import { clusterOf, linkedRole, pass, useKey, type Right, type Table } from "./rights.ts";
import { listAt, textAt } from "../infra/support/read.ts";

const cluster = (item: Planned): string => arn("eks", item, `cluster/${clusterOf(item)}`);
const TAGS = "TagResource UntagResource";

/** Roles that an add-on's own pods take, by Pod Identity associations that EKS makes for it. */
function addonRoles({ inputs, ...item }: Planned): Right[] {
  if (inputs["podIdentityAssociations"] === undefined) return [];
  return listAt(inputs, "podIdentityAssociations").flatMap((association) => {
    const role = roleNamed({ ...item, inputs }, textAt(association, "roleArn"));
    return [
      ...pass(role, "pods.eks.amazonaws.com"),
      { action: "iam:GetRole", arn: role },
      { action: "eks:CreatePodIdentityAssociation", arn: cluster({ ...item, inputs }) },
    ];
  });
}

/** https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html: the caller must be able to run it. */
function launches(item: Planned): Right[] {
  const role = roleOf(item, "nodeRoleArn");
  return [
    { action: "eks:CreateNodegroup", arn: cluster(item) },
    // Which of the two it is, AWS does not say: EKS takes the role, and gives it to EC2.
    ...pass(role, "eks.amazonaws.com", "ec2.amazonaws.com"),
    { action: "iam:GetRole", arn: role },
    { action: "iam:ListAttachedRolePolicies", arn: role },
    linkedRole("eks-nodegroup.amazonaws.com"),
    // EKS looks for it in the caller's name: https://eksctl.io/usage/minimum-iam-policies/
    {
      action: "iam:GetRole",
      arn: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/eks-nodegroup.amazonaws.com/AWSServiceRoleForAmazonEKSNodegroup`,
    },
    { action: "ec2:RunInstances", arn: arn("ec2", item, "instance/*") },
    { action: "ec2:DescribeLaunchTemplateVersions" },
  ];
}

export const EKS: Table = {
  // eks/cluster.go; https://docs.aws.amazon.com/eks/latest/userguide/create-cluster.html
  "aws:eks/cluster:Cluster": {
    arn: (item) => arn("eks", item, `cluster/${input(item, "name")}`),
    create: "CreateCluster TagResource",
    read: "DescribeCluster",
    update: `UpdateClusterConfig UpdateClusterVersion DescribeUpdate ${TAGS}`,
    delete: "DeleteCluster",
    also: (item) => [
      ...pass(roleOf(item, "roleArn"), "eks.amazonaws.com"),
      ...useKey(item, "DescribeKey", "CreateGrant"),
      linkedRole("eks.amazonaws.com"),
      { action: "ec2:DescribeSubnets" },
    ],
  },
  // eks/access_entry.go
  "aws:eks/accessEntry:AccessEntry": {
    arn: (item) =>
      arn(
        "eks",
        item,
        `access-entry/${clusterOf(item)}/role/${ACCOUNT}/securevpn-deployer/${UUID}`,
      ),
    create: "TagResource",
    read: "DescribeAccessEntry",
    update: `UpdateAccessEntry ${TAGS}`,
    delete: "DeleteAccessEntry",
    also: (item) => [{ action: "eks:CreateAccessEntry", arn: cluster(item) }],
  },
  // eks/access_policy_association.go
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
    arn: (item) =>
      arn(
        "eks",
        item,
        `access-entry/${clusterOf(item)}/role/${ACCOUNT}/securevpn-deployer/${UUID}`,
      ),
    create: "AssociateAccessPolicy",
    read: "ListAssociatedAccessPolicies",
    update: "AssociateAccessPolicy",
    delete: "DisassociateAccessPolicy",
  },
  // eks/addon.go
  "aws:eks/addon:Addon": {
    arn: (item) => arn("eks", item, `addon/${clusterOf(item)}/${input(item, "addonName")}/${UUID}`),
    create: "TagResource",
    read: "DescribeAddon",
    update: `UpdateAddon DescribeUpdate ${TAGS}`,
    delete: "DeleteAddon",
    also: (item) => [{ action: "eks:CreateAddon", arn: cluster(item) }, ...addonRoles(item)],
  },
  // eks/node_group.go
  "aws:eks/nodeGroup:NodeGroup": {
    arn: (item) => arn("eks", item, `nodegroup/${clusterOf(item)}/${physical(item)}/${UUID}`),
    create: "TagResource",
    read: "DescribeNodegroup",
    update: `UpdateNodegroupConfig UpdateNodegroupVersion DescribeUpdate ${TAGS}`,
    delete: "DeleteNodegroup",
    also: launches,
  },
  // eks/pod_identity_association.go; https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
    arn: (item) =>
      arn("eks", item, `podidentityassociation/${clusterOf(item)}/a-0123456789abcdef0`),
    create: "TagResource",
    read: "DescribePodIdentityAssociation",
    update: `UpdatePodIdentityAssociation ${TAGS}`,
    delete: "DeletePodIdentityAssociation",
    also: (item) => [
      { action: "eks:CreatePodIdentityAssociation", arn: cluster(item) },
      ...pass(roleOf(item, "roleArn"), "pods.eks.amazonaws.com"),
      { action: "iam:GetRole", arn: roleOf(item, "roleArn") },
    ],
  },
};

/** A role's boundary: IAM takes it from the request, or from the role that is there. */
const bounded = (role: Planned, action: string): Right => ({
  action: `iam:${action}`,
  arn: roleArn(role),
  context: { "iam:PermissionsBoundary": input(role, "permissionsBoundary") },
});

const attachment = (action: string) => (item: Planned) => ({
  action: `iam:${action}`,
  arn: roleOf(item, "role"),
  context: { "iam:PolicyARN": input(item, "policyArn") },
});

export const IAM: Table = {
  // iam/role.go
  "aws:iam/role:Role": {
    arn: roleArn,
    create: "TagRole",
    read: "GetRole ListRolePolicies ListAttachedRolePolicies",
    update: "UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription TagRole UntagRole",
    delete: "DeleteRole ListInstanceProfilesForRole",
    also: (item) => [bounded(item, "CreateRole")],
  },
  // iam/role_policy.go
  "aws:iam/rolePolicy:RolePolicy": {
    arn: (item) => roleOf(item, "role"),
    create: "",
    read: "GetRolePolicy",
    update: "",
    delete: "DeleteRolePolicy",
    also: (item) => [bounded(roleBehind(item, input(item, "role")), "PutRolePolicy")],
  },
  // iam/role_policy_attachment.go
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    arn: (item) => roleOf(item, "role"),
    create: "",
    read: "ListAttachedRolePolicies",
    update: "",
    delete: "",
    also: (item) => [attachment("AttachRolePolicy")(item), attachment("DetachRolePolicy")(item)],
  },
};

const key = (item: Planned): string => arn("kms", item, `key/${UUID}`);

export const KMS: Table = {
  // kms/key.go; the last is of docs/destroy.md
  "aws:kms/key:Key": {
    arn: key,
    create: "CreateKey TagResource EnableKeyRotation PutKeyPolicy",
    read: "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
    update: "PutKeyPolicy UpdateKeyDescription TagResource UntagResource",
    delete: "ScheduleKeyDeletion CancelKeyDeletion",
  },
  // kms/alias.go; IAM asks for alias and key: https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html
  "aws:kms/alias:Alias": {
    arn: (item) => arn("kms", item, input(item, "name")),
    create: "CreateAlias",
    read: "ListAliases",
    update: "UpdateAlias",
    delete: "DeleteAlias",
    also: (item) => useKey(item, "CreateAlias", "UpdateAlias", "DeleteAlias"),
  },
};
