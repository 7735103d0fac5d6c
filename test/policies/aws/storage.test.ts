import { describe } from "mocha";
import { bucket } from "../../../policies/aws/bucket.ts";
import { secretRecovery } from "../../../policies/aws/secret-recovery.ts";
import { secretRotation } from "../../../policies/aws/secret-rotation.ts";
import { UNKNOWN } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";
import { documentOf } from "./documents.ts";

const BUCKET: readonly Fixture[] = [
  { type: "aws:s3/bucket:Bucket", name: "bucket", props: { bucket: "logs" } },
  {
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    name: "block",
    props: {
      bucket: UNKNOWN,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    from: { bucket: ["bucket"] },
  },
  {
    type: "aws:s3/bucketPolicy:BucketPolicy",
    name: "bucket-policy",
    props: {
      bucket: UNKNOWN,
      policy: documentOf({
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    },
    from: { bucket: ["bucket"] },
  },
  {
    type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    name: "ownership",
    props: { bucket: UNKNOWN, rule: { objectOwnership: "BucketOwnerEnforced" } },
    from: { bucket: ["bucket"] },
  },
  {
    type: "aws:s3/bucketVersioning:BucketVersioning",
    name: "versioning",
    props: { bucket: UNKNOWN, versioningConfiguration: { status: "Enabled" } },
    from: { bucket: ["bucket"] },
  },
  {
    type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    name: "lifecycle",
    props: { bucket: UNKNOWN, rules: [{ id: "all", expiration: { days: 90 } }] },
    from: { bucket: ["bucket"] },
  },
];

const TLS_ONLY = {
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const narrowed = (title: string, change: Readonly<Record<string, unknown>>) => ({
  title,
  of: "bucket-policy",
  change: { policy: documentOf({ ...TLS_ONLY, ...change }) },
  says: /denies s3:\* to everybody where aws:SecureTransport is false, under no other condition/,
});

const SECRET: readonly Fixture[] = [
  {
    type: "aws:secretsmanager/secret:Secret",
    name: "secret",
    props: { namePrefix: "secret-", recoveryWindowInDays: 7 },
  },
  {
    type: "aws:secretsmanager/secretVersion:SecretVersion",
    name: "version",
    props: { secretId: UNKNOWN, secretString: UNKNOWN },
    from: { secretId: ["secret"], secretString: ["password"] },
  },
  {
    type: "random:index/randomPassword:RandomPassword",
    name: "password",
    props: { length: 40, keepers: { version: "1" } },
  },
];

describe("policies of buckets and secrets", () => {
  describeCases([
    {
      rule: bucket,
      compliant: BUCKET,
      violating: [
        {
          title: "a bucket open to the public",
          without: ["block"],
          says: /BucketPublicAccessBlock/,
        },
        {
          title: "a block with a gap",
          of: "block",
          change: { restrictPublicBuckets: false },
          says: /BucketPublicAccessBlock/,
        },
        {
          title: "plain HTTP",
          of: "bucket-policy",
          change: { policy: documentOf({ Action: "s3:GetObject", Resource: "arn:aws:s3:::x/*" }) },
          says: /aws:SecureTransport/,
        },
        narrowed("plain HTTP from one network, by a second condition", {
          Condition: {
            Bool: { "aws:SecureTransport": "false" },
            NotIpAddress: { "aws:SourceIp": "0.0.0.0/1" },
          },
        }),
        narrowed("plain HTTP for all but reads", { Action: "s3:GetObject" }),
        narrowed("plain HTTP for all but one role", {
          Principal: { AWS: "arn:aws:iam::123456789012:role/one" },
        }),
        narrowed("plain HTTP for the bucket's list", { Resource: ["arn:aws:s3:::logs/*"] }),
        narrowed("plain HTTP for who does not say", {
          Condition: { BoolIfExists: { "aws:SecureTransport": "false" } },
        }),
        narrowed("plain HTTP, the other way round", {
          Condition: { Bool: { "aws:SecureTransport": ["false", "true"] } },
        }),
        {
          title: "a policy that is not known",
          of: "bucket-policy",
          change: { policy: UNKNOWN },
          says: /denies s3:\*/,
        },
        {
          title: "a second block that opens what the first closes",
          also: [
            {
              type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
              name: "second",
              props: { bucket: UNKNOWN, blockPublicAcls: false },
              from: { bucket: ["bucket"] },
            },
          ],
          says: /BucketPublicAccessBlock/,
        },
        {
          title: "a policy of a bucket that it names by text",
          of: "bucket-policy",
          options: { from: {} },
          says: /bucket must be a bucket of this stack/,
        },
        {
          title: "objects that belong to whoever wrote them",
          of: "ownership",
          change: { "rule.objectOwnership": "ObjectWriter" },
          says: /BucketOwnerEnforced/,
        },
        {
          title: "no versions",
          of: "versioning",
          change: { "versioningConfiguration.status": "Suspended" },
          says: /BucketVersioning that is Enabled/,
        },
        { title: "an ACL", change: { acl: "public-read" }, says: /acl must be left out/ },
        {
          title: "a destroy that deletes what is inside",
          change: { forceDestroy: true },
          says: /forceDestroy must be off/,
        },
        {
          title: "a bucket that keeps everything",
          without: ["lifecycle"],
          says: /lifecycle configuration/,
        },
      ],
    },
    {
      rule: secretRecovery,
      compliant: SECRET,
      violating: [
        {
          title: "no time to bring it back",
          change: { recoveryWindowInDays: 0 },
          says: /at least 7/,
        },
        {
          title: "a window that nobody stated",
          change: { recoveryWindowInDays: undefined },
          says: /must be stated/,
        },
        {
          title: "a value that the program writes down",
          of: "version",
          change: { secretString: "hunter2" },
          options: { from: { secretId: ["secret"] } },
          says: /secretString must come from a resource that generates it/,
        },
      ],
    },
    {
      rule: secretRotation,
      compliant: SECRET,
      violating: [
        {
          title: "a generated value that cannot be made anew",
          of: "password",
          change: { keepers: undefined },
          says: /should have a SecretRotation/,
        },
        {
          title: "a value from elsewhere",
          of: "version",
          options: { from: { secretId: ["secret"] } },
          says: /should have a SecretRotation/,
        },
      ],
    },
  ]);
});
