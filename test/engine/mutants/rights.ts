import type { Find, Mutant } from "./mutant.ts";
import { key, of, role } from "./places.ts";

const rolePolicy = of("aws:iam/rolePolicy:RolePolicy");
const attachment = of("aws:iam/rolePolicyAttachment:RolePolicyAttachment");
const bucketPolicy = of("aws:s3/bucketPolicy:BucketPolicy")("data");
const topicPolicy = of("aws:sns/topicPolicy:TopicPolicy")("alarms");
const FOREIGN = "arn:aws:iam::999999999999:root";
const BUCKET = "arn:aws:s3:::svpn-us-east-1-data-000000000000";

const document = (...statements: readonly object[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })),
  });
const TLS_ONLY = {
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [BUCKET, `${BUCKET}/*`],
};

/** A managed policy on a role of the program that does not carry it. */
const attached = (name: string, on: string, says: RegExp): Mutant => ({
  policy: "a24-iam-least-privilege",
  of: attachment(`${on}-${name}`),
  added: "aws",
  change: {
    role: (find: Find) => find(role(on), "name"),
    policyArn: `arn:aws:iam::aws:policy/${name}`,
  },
  says,
});

/** Rights that mean as much as a bare "*" and are written otherwise, or given by another door. */
export const RIGHTS: readonly Mutant[] = [
  {
    policy: "a24-iam-least-privilege",
    of: rolePolicy("autoscaler"),
    change: {
      policy: document({ Action: ["iam:**"], Resource: "arn:aws:iam::000000000000:role/x" }),
    },
    says: /no patterns: iam:\*\*/,
    also: [
      {
        policy: "a24-iam-least-privilege",
        at: rolePolicy("autoscaler"),
        says: /policy must not change IAM: iam:\*\*/,
      },
    ],
  },
  {
    policy: "a24-iam-least-privilege",
    of: rolePolicy("data-selector"),
    change: { policy: document({ Action: "s3:?*", Resource: `${BUCKET}/*` }) },
    says: /no patterns: s3:\?\*/,
  },
  {
    policy: "a24-iam-least-privilege",
    of: rolePolicy("network-flows"),
    change: {
      policy: document({
        Action: "secretsmanager:GetSecretValue",
        Resource: "arn:aws:secretsmanager:*:*:secret:*",
      }),
    },
    says: /policy must name resources: secretsmanager:GetSecretValue on everything of a kind/,
  },
  {
    policy: "a24-iam-least-privilege",
    of: rolePolicy("nodes-system"),
    change: {
      policy: document({
        Action: "iam:PassRole",
        Resource: "arn:aws:iam::000000000000:role/svpn-*",
        Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
      }),
    },
    says: /policy must pass whole roles by name/,
  },
  attached("AmazonSSMManagedInstanceCore", "nodes-endpoint", /may allow too much/),
  attached(
    "AmazonEKS_CNI_Policy",
    "nodes-endpoint",
    /role must be one of this stack that pods\.eks\.amazonaws\.com assumes, and no other/,
  ),
  {
    policy: "a24-iam-least-privilege",
    of: role("nodes-system"),
    change: {
      assumeRolePolicy: document(
        { Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
        { Principal: { AWS: FOREIGN }, Action: "sts:AssumeRole" },
      ),
    },
    says: /principals of the stack's own account alone: AWS:arn:aws:iam::999999999999:root/,
    also: [
      {
        policy: "a24-iam-least-privilege",
        at: role("nodes-system"),
        says: /must name a role, not an account/,
      },
    ],
  },
  {
    policy: "a24-iam-least-privilege",
    of: role("data-selector"),
    change: {
      assumeRolePolicy: document({
        Principal: { Service: "pods.eks.amazonaws.com" },
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Condition: {
          StringEquals: { "aws:SourceAccount": "000000000000" },
          ArnLike: { "aws:SourceArn": "arn:aws:eks:*:*:cluster/*" },
        },
      }),
    },
    says: /to our own cluster/,
  },
  {
    policy: "a23-kms-key",
    of: key("database"),
    change: {
      policy: document({
        Principal: { AWS: "*" },
        Action: "kms:*",
        Resource: "*",
        Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/*" } },
      }),
    },
    says: /must not allow the principal "\*" without a condition that says who, of which account/,
  },
  {
    policy: "a23-kms-key",
    of: key("secrets"),
    change: { policy: document({ Principal: { AWS: FOREIGN }, Action: "kms:*", Resource: "*" }) },
    says: /own account alone: AWS:arn:aws:iam::999999999999:root/,
  },
  {
    policy: "a24-iam-least-privilege",
    of: topicPolicy,
    change: {
      policy: document({ Principal: { AWS: FOREIGN }, Action: "sns:Publish", Resource: "*" }),
    },
    says: /principals of the stack's own account alone/,
  },
  {
    policy: "a24-iam-least-privilege",
    of: of("aws:secretsmanager/secret:Secret")("secrets-cache"),
    change: {
      policy: document({
        Principal: { AWS: FOREIGN },
        Action: "secretsmanager:GetSecretValue",
        Resource: "*",
      }),
    },
    says: /principals of the stack's own account alone/,
  },
  {
    policy: "a25-bucket",
    of: bucketPolicy,
    change: {
      policy: document({
        ...TLS_ONLY,
        Condition: {
          Bool: { "aws:SecureTransport": "false" },
          NotIpAddress: { "aws:SourceIp": ["0.0.0.0/1"] },
        },
      }),
    },
    at: of("aws:s3/bucket:Bucket")("data"),
    says: /where aws:SecureTransport is false, under no other condition/,
  },
  {
    policy: "a25-bucket",
    of: of("aws:s3/bucketOwnershipControls:BucketOwnershipControls")("data"),
    change: { "rule > objectOwnership": "ObjectWriter" },
    at: of("aws:s3/bucket:Bucket")("data"),
    says: /BucketOwnerEnforced: no ACL counts/,
  },
  {
    policy: "a25-bucket",
    of: of("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")("second"),
    added: "aws",
    change: { bucket: "svpn-us-east-1-data-000000000000", blockPublicAcls: false },
    says: /bucket must be a bucket of this stack/,
  },
  {
    policy: "a24-iam-least-privilege",
    of: of("pulumi:providers:aws")("aws"),
    change: { allowedAccountIds: undefined },
    says: /allowedAccountIds must name the stack's accounts/,
  },
];
