import { describe } from "mocha";
import { iamLeastPrivilege } from "../../../policies/aws/iam-least-privilege.ts";
import { kmsKey } from "../../../policies/aws/kms-key.ts";
import { UNKNOWN } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";
import { documentOf } from "./documents.ts";

const ACCOUNT = "123456789012";
const OURS = { allowedAccountIds: JSON.stringify([ACCOUNT]) };

const topicPolicy = (statement: Readonly<Record<string, unknown>>): Fixture => ({
  type: "aws:sns/topicPolicy:TopicPolicy",
  name: "topic-policy",
  provider: OURS,
  props: {
    policy: documentOf({
      Action: "sns:Publish",
      Resource: "arn:aws:sns:us-east-1:1:x",
      ...statement,
    }),
  },
});

const KEY: Fixture = {
  type: "aws:kms/key:Key",
  name: "key",
  provider: OURS,
  props: { enableKeyRotation: true, deletionWindowInDays: 30 },
};

const POLICY: Fixture = {
  type: "aws:iam/rolePolicy:RolePolicy",
  name: "policy",
  props: {
    policy: documentOf({
      Action: ["logs:PutLogEvents"],
      Resource: ["arn:aws:logs:*:1:log-group:x"],
    }),
  },
};
const ROLE: Fixture = {
  type: "aws:iam/role:Role",
  name: "role",
  provider: OURS,
  props: {
    assumeRolePolicy: documentOf({
      Principal: { Service: "ec2.amazonaws.com" },
      Action: "sts:AssumeRole",
    }),
  },
};
const POD = { Principal: { Service: "pods.eks.amazonaws.com" }, Action: ["sts:AssumeRole"] };
const POD_ROLE: Fixture = {
  type: ROLE.type,
  name: "pod-role",
  provider: OURS,
  props: {
    assumeRolePolicy: documentOf({
      ...POD,
      Condition: {
        StringEquals: { "aws:SourceAccount": "123456789012" },
        ArnEquals: { "aws:SourceArn": "arn:aws:eks:us-east-1:123456789012:cluster/c" },
      },
    }),
  },
};
const OIDC = {
  Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.example" },
  Action: "sts:AssumeRoleWithWebIdentity",
};
const CI_ROLE: Fixture = {
  type: ROLE.type,
  name: "ci-role",
  provider: OURS,
  props: {
    assumeRolePolicy: documentOf({
      ...OIDC,
      Condition: {
        StringEquals: { "token.example:aud": "sts.amazonaws.com" },
        StringLike: { "token.example:sub": "repo:securevpn/platform:*" },
      },
    }),
  },
};
const ATTACHMENT: Fixture = {
  type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  name: "attachment",
  props: { role: UNKNOWN, policyArn: "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy" },
  from: { role: ["pod-role"] },
};
const PROVIDER: Fixture = { type: "pulumi:providers:aws", name: "aws", props: OURS };
const rights = (statement: Readonly<Record<string, unknown>>) => ({
  policy: documentOf({ Resource: "arn:aws:logs:us-east-1:123456789012:log-group:x", ...statement }),
});
const trusting = (statement: Readonly<Record<string, unknown>>) => ({
  assumeRolePolicy: documentOf({ Action: "sts:AssumeRole", ...statement }),
});
const WIDE = "arn:aws:iam::aws:policy/AdministratorAccess";

describe("policies of keys and access", () => {
  describeCases([
    {
      rule: kmsKey,
      compliant: [KEY],
      fine: [
        {
          title: "a policy for everybody in one account, by a condition",
          change: {
            policy: documentOf({
              Principal: "*",
              Action: "kms:Decrypt",
              Resource: "*",
              Condition: { StringEquals: { "kms:CallerAccount": "123456789012" } },
            }),
          },
        },
      ],
      violating: [
        {
          title: "no rotation",
          change: { enableKeyRotation: undefined },
          says: /enableKeyRotation must be true/,
        },
        {
          title: "a week to die",
          change: { deletionWindowInDays: 7 },
          says: /deletionWindowInDays must be 30/,
        },
        {
          title: "a key of everybody",
          change: { policy: documentOf({ Principal: "*", Action: "kms:*", Resource: "*" }) },
          says: /must not allow the principal "\*"/,
        },
        {
          title: "a key of every AWS account",
          change: {
            policy: documentOf({ Principal: { AWS: ["*"] }, Action: "kms:*", Resource: "*" }),
          },
          says: /must not allow the principal "\*"/,
        },
        {
          title: "a key of whoever matches a pattern",
          change: {
            policy: documentOf({
              Principal: { AWS: "*" },
              Action: "kms:Decrypt",
              Resource: "*",
              Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/deployer" } },
            }),
          },
          says: /must not allow the principal "\*" without a condition that says who, of which account/,
        },
        {
          title: "a key of another account",
          change: {
            policy: documentOf({
              Principal: { AWS: "arn:aws:iam::999999999999:root" },
              Action: "kms:*",
              Resource: "*",
            }),
          },
          says: /own account alone: AWS:arn:aws:iam::999999999999:root/,
        },
        {
          title: "a key of everybody of another account, by a condition",
          change: {
            policy: documentOf({
              Principal: "*",
              Action: "kms:Decrypt",
              Resource: "*",
              Condition: { StringEquals: { "kms:CallerAccount": "999999999999" } },
            }),
          },
          says: /says who, of which account/,
        },
        {
          title: "a key that is off",
          change: { isEnabled: false },
          says: /isEnabled must be true/,
        },
        {
          title: "a policy that is not known",
          change: { policy: UNKNOWN },
          says: /known in preview/,
        },
      ],
    },
    {
      rule: iamLeastPrivilege,
      compliant: [POLICY, ROLE, POD_ROLE, CI_ROLE, ATTACHMENT, PROVIDER],
      fine: [
        {
          title: "a topic that alarms of one account may write to",
          also: [
            topicPolicy({
              Principal: "*",
              Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
            }),
          ],
        },
        {
          title: "a role of our own account that may assume it",
          of: "role",
          change: trusting({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/deployer` } }),
        },
        {
          title: "changes on everything that bears a tag of ours",
          change: rights({
            Action: "autoscaling:SetDesiredCapacity",
            Resource: "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:*",
            Condition: { StringEquals: { "aws:ResourceTag/owner": "platform" } },
          }),
        },
        {
          title: "what Session Manager's agent asks, which names no resource",
          change: rights({
            Action: ["ssm:UpdateInstanceInformation", "ssmmessages:OpenDataChannel"],
            Resource: "*",
          }),
        },
        {
          title: "objects of one bucket",
          change: rights({ Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" }),
        },
        {
          title: "a role passed by name to one service",
          change: rights({
            Action: "iam:PassRole",
            Resource: `arn:aws:iam::${ACCOUNT}:role/monitoring`,
            Condition: { StringEquals: { "iam:PassedToService": "monitoring.rds.amazonaws.com" } },
          }),
        },
      ],
      violating: [
        {
          title: "a topic that everybody may write to",
          also: [topicPolicy({ Principal: { AWS: "*" } })],
          says: /policy must not allow the principal "\*" without a condition that says who/,
        },
        {
          title: "a topic that everybody may write to, if by TLS",
          also: [
            topicPolicy({
              Principal: "*",
              Condition: { Bool: { "aws:SecureTransport": "true" } },
            }),
          ],
          says: /without a condition that says who/,
        },
        {
          title: "a topic of another account",
          also: [topicPolicy({ Principal: { AWS: "arn:aws:iam::999999999999:root" } })],
          says: /principals of the stack's own account alone: AWS:arn:aws:iam::999999999999:root/,
        },
        {
          title: "a topic for every account of a pattern",
          also: [
            topicPolicy({
              Principal: "*",
              Condition: { ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:*" } },
            }),
          ],
          says: /without a condition that says who/,
        },
        {
          title: "a topic for all accounts but one",
          also: [
            topicPolicy({
              Principal: "*",
              Condition: { StringNotEquals: { "aws:SourceAccount": "1" } },
            }),
          ],
          says: /without a condition that says who/,
        },
        {
          title: "a topic whose policy is not known",
          also: [{ ...topicPolicy({}), props: { policy: UNKNOWN } }],
          says: /policy must be a document that is known in preview/,
        },
        {
          title: "everything",
          change: { policy: documentOf({ Action: "*", Resource: "*" }) },
          says: /must list actions one by one, no patterns: \*/,
        },
        {
          title: "a whole service on everything",
          change: { policy: documentOf({ Action: ["ec2:*"], Resource: "*" }) },
          says: /no patterns: ec2:\*/,
        },
        ...["iam:**", "s3:?*", "secretsmanager:*", "s*:GetObject", "iam:Put*"].map((action) => ({
          title: `the pattern ${action}`,
          change: rights({ Action: [action] }),
          says: /must list actions one by one/,
        })),
        ...[
          "*",
          "arn:aws:secretsmanager:*:*:secret:*",
          "arn:*:*:*:*:*",
          "arn:aws:secretsmanager:us-east-1:123456789012:*",
        ].map((resource) => ({
          title: `every secret, as ${resource}`,
          change: rights({ Action: "secretsmanager:GetSecretValue", Resource: [resource] }),
          says: /must name resources: secretsmanager:GetSecretValue on everything of a kind/,
        })),
        {
          title: "every bucket",
          change: rights({ Action: "s3:GetObject", Resource: "arn:aws:s3:::*/*" }),
          says: /must name resources: s3:GetObject/,
        },
        {
          title: "a role that gives itself more",
          change: rights({
            Action: "iam:PutRolePolicy",
            Resource: `arn:aws:iam::${ACCOUNT}:role/x`,
          }),
          says: /must not change IAM: iam:PutRolePolicy/,
        },
        {
          title: "any role passed on",
          change: rights({
            Action: "iam:PassRole",
            Resource: `arn:aws:iam::${ACCOUNT}:role/svpn-*`,
            Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
          }),
          says: /must pass whole roles by name/,
        },
        {
          title: "a role passed to any service",
          change: rights({ Action: "iam:PassRole", Resource: `arn:aws:iam::${ACCOUNT}:role/x` }),
          says: /to a service by iam:PassedToService/,
        },
        {
          title: "any role assumed",
          change: rights({ Action: "sts:AssumeRole", Resource: `arn:aws:iam::${ACCOUNT}:role/*` }),
          says: /must name the roles that sts:AssumeRole may take/,
        },
        {
          title: "all but something",
          change: { policy: documentOf({ NotAction: "iam:*", Resource: "arn:aws:s3:::x" }) },
          says: /must not allow by NotAction/,
        },
        {
          title: "a document that is not known",
          change: { policy: UNKNOWN },
          says: /known in preview/,
        },
        {
          title: "text that is no document",
          change: { policy: "allow all" },
          says: /known in preview/,
        },
        {
          title: "trust in everybody",
          of: "role",
          change: {
            assumeRolePolicy: documentOf({ Principal: { AWS: "*" }, Action: "sts:AssumeRole" }),
          },
          says: /must name its principals/,
        },
        {
          title: "trust in another account",
          of: "role",
          change: trusting({ Principal: { AWS: "arn:aws:iam::999999999999:root" } }),
          says: /principals of the stack's own account alone: AWS:arn:aws:iam::999999999999:root/,
        },
        {
          title: "trust in another account by its number",
          of: "role",
          change: trusting({ Principal: { AWS: ["999999999999"] } }),
          says: /own account alone: AWS:999999999999/,
        },
        {
          title: "trust in everybody of our account",
          of: "role",
          change: trusting({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } }),
          says: /must name a role, not an account/,
        },
        {
          title: "Pod Identity of any cluster",
          of: "pod-role",
          change: {
            assumeRolePolicy: documentOf({
              ...POD,
              Condition: {
                StringEquals: { "aws:SourceAccount": ACCOUNT },
                ArnLike: { "aws:SourceArn": "arn:aws:eks:*:*:cluster/*" },
              },
            }),
          },
          says: /to our own cluster/,
        },
        {
          title: "Pod Identity by a condition that holds for who says nothing",
          of: "pod-role",
          change: {
            assumeRolePolicy: documentOf({
              ...POD,
              Condition: {
                StringEqualsIfExists: { "aws:SourceAccount": ACCOUNT },
                ArnEquals: { "aws:SourceArn": `arn:aws:eks:us-east-1:${ACCOUNT}:cluster/c` },
              },
            }),
          },
          says: /aws:SourceAccount and aws:SourceArn/,
        },
        {
          title: "Pod Identity of any account",
          of: "pod-role",
          change: { assumeRolePolicy: documentOf(POD) },
          says: /aws:SourceAccount and aws:SourceArn/,
        },
        {
          title: "a federated identity without a subject",
          of: "ci-role",
          change: {
            assumeRolePolicy: documentOf({
              ...OIDC,
              Condition: { StringEquals: { "token.example:aud": "sts.amazonaws.com" } },
            }),
          },
          says: /pin audience \(:aud\) and subject \(:sub\)/,
        },
        {
          title: "any subject of a federated identity",
          of: "ci-role",
          change: {
            assumeRolePolicy: documentOf({
              ...OIDC,
              Condition: {
                StringEquals: { "token.example:aud": "sts.amazonaws.com" },
                StringLike: { "token.example:sub": "*" },
              },
            }),
          },
          says: /pin audience/,
        },
        {
          title: "an attached administrator",
          of: "attachment",
          change: { policyArn: WIDE },
          says: /AdministratorAccess may allow too much/,
        },
        ...["AmazonSSMManagedInstanceCore", "IAMFullAccess", "ReadOnlyAccess"].map((name) => ({
          title: `an attached ${name}`,
          of: "attachment",
          change: { policyArn: `arn:aws:iam::aws:policy/${name}` },
          says: new RegExp(`${name} may allow too much`),
        })),
        {
          title: "an attached policy that preview does not know",
          of: "attachment",
          change: { policyArn: UNKNOWN },
          says: /unknown may allow too much/,
        },
        {
          title: "rights of an add-on on the nodes' own role",
          of: "attachment",
          options: { from: { role: ["role"] } },
          says: /role must be one of this stack that pods.eks.amazonaws.com assumes, and no other service/,
        },
        {
          title: "several attached policies",
          also: [
            {
              type: "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
              name: "several",
              props: { policyArns: [WIDE] },
            },
          ],
          says: /policyArns must be a policy of/,
        },
        {
          title: "a key that lasts",
          also: [{ type: "aws:iam/accessKey:AccessKey", name: "key", props: { user: "ci" } }],
          says: /must make no user and no key that lasts/,
        },
        {
          title: "a provider that may touch any account",
          of: "aws",
          change: { allowedAccountIds: undefined },
          says: /allowedAccountIds must name the stack's accounts/,
        },
        {
          title: "a bucket whose policy is not known",
          also: [
            {
              type: "aws:s3/bucketPolicy:BucketPolicy",
              name: "bucket-policy",
              props: { policy: UNKNOWN },
            },
          ],
          says: /policy must be a document that is known in preview/,
        },
        {
          title: "an administrator inside a role",
          of: "role",
          change: { managedPolicyArns: [WIDE] },
          says: /managedPolicyArns must be a policy of/,
        },
      ],
    },
  ]);
});
