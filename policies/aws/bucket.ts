import { ofType } from "../lib/network.ts";
import { at, flagAt, isSet } from "../lib/planned.ts";
import { statementsOf } from "../lib/policy-document.ts";
import { found, unless, type PlannedStack, type Rule, type StackResource } from "../lib/rule.ts";

const BUCKETS = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];
const ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const LIFECYCLES = [
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
];
const BLOCKS = [
  "blockPublicAcls",
  "blockPublicPolicy",
  "ignorePublicAcls",
  "restrictPublicBuckets",
];

const belonging = (
  stack: PlannedStack,
  bucket: StackResource,
  ...types: readonly string[]
): StackResource[] =>
  ofType(stack, ...types).filter((item) => item.relations("bucket").includes(bucket));

/** A bucket's own ARN is unknown in preview: then the policy's presence counts, and `up` reads it. */
function deniesPlainHttp(policy: StackResource): boolean {
  const statements = statementsOf(at(policy.props, "policy"));
  if (statements === undefined) return isSet(policy.props, "policy");
  return statements.some(
    ({ effect, conditions }) =>
      effect === "Deny" && conditions.get("aws:securetransport")?.includes("false") === true,
  );
}

export const bucket: Rule = {
  id: "A25",
  name: "a25-bucket",
  level: "mandatory",
  description: "Buckets are closed to the public, speak TLS only, and forget by themselves",
  source: "S3.1/5/8/13",
  stack: (stack) =>
    ofType(stack, ...BUCKETS).flatMap((item) =>
      found(
        item,
        unless(
          [
            belonging(stack, item, ACCESS_BLOCK).some(({ props }) =>
              BLOCKS.every((name) => flagAt(props, name) === true),
            ),
            `the bucket must have a BucketPublicAccessBlock with ${BLOCKS.join(", ")}`,
          ],
          [
            belonging(stack, item, POLICY).some(deniesPlainHttp),
            "the bucket must have a BucketPolicy that denies aws:SecureTransport false",
          ],
          [
            belonging(stack, item, ...LIFECYCLES).length > 0 || isSet(item.props, "lifecycleRules"),
            "the bucket must have a lifecycle configuration",
          ],
        ),
      ),
    ),
};
