import { describe } from "mocha";
import { iamLeastPrivilege } from "../../../policies/aws/iam-least-privilege.ts";
import { kmsKey } from "../../../policies/aws/kms-key.ts";
import { UNKNOWN } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";
import { documentOf } from "./documents.ts";

const topicPolicy = (statement: Readonly<Record<string, unknown>>): Fixture => ({
  type: "aws:sns/topicPolicy:TopicPolicy",
  name: "topic-policy",
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
  props: { role: "role", policyArn: "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy" },
};
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
          title: "a policy that is not known",
          change: { policy: UNKNOWN },
          says: /known in preview/,
        },
      ],
    },
    {
      rule: iamLeastPrivilege,
      compliant: [POLICY, ROLE, POD_ROLE, CI_ROLE, ATTACHMENT],
      fine: [
        {
          title: "a topic that alarms of one account may write to",
          also: [
            topicPolicy({
              Principal: "*",
              Condition: { StringEquals: { "aws:SourceAccount": "1" } },
            }),
          ],
        },
        {
          title: "a bucket whose policy names its own ARN",
          also: [
            {
              type: "aws:s3/bucketPolicy:BucketPolicy",
              name: "bucket-policy",
              props: { policy: UNKNOWN },
            },
          ],
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
          says: /must list actions/,
        },
        {
          title: "a whole service on everything",
          change: { policy: documentOf({ Action: ["ec2:*"], Resource: "*" }) },
          says: /ec2:\* on "\*" is a whole service/,
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
          says: /it allows too much/,
        },
        {
          title: "an administrator inside a role",
          of: "role",
          change: { managedPolicyArns: [WIDE] },
          says: /it allows too much/,
        },
      ],
    },
  ]);
});
