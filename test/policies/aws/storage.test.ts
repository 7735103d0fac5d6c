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
    type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    name: "lifecycle",
    props: { bucket: UNKNOWN, rules: [{ id: "all", expiration: { days: 90 } }] },
    from: { bucket: ["bucket"] },
  },
];

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
