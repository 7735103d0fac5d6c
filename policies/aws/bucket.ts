import { ofType } from "../lib/network.ts";
import { at, flagAt, isOff, isSet, textAt } from "../lib/planned.ts";
import { statementsOf, type Statement } from "../lib/policy-document.ts";
import {
  found,
  unless,
  type Finding,
  type PlannedStack,
  type Rule,
  type StackResource,
} from "../lib/rule.ts";

const BUCKETS = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];
const ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls";
const VERSIONING = "aws:s3/bucketVersioning:BucketVersioning";
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
/** Settings of a bucket, which take effect on whatever bucket they name. */
const SETTINGS = [ACCESS_BLOCK, POLICY, OWNERSHIP, VERSIONING, ...LIFECYCLES];
/** Old ways to say who may use a bucket, which no other rule reads. */
const OLD_ACCESS = ["acl", "grants", "policy", "website"];

const belonging = (
  stack: PlannedStack,
  bucket: StackResource,
  ...types: readonly string[]
): StackResource[] =>
  ofType(stack, ...types).filter((item) => item.relations("bucket").includes(bucket));

/** Whether there is one, and none that says otherwise: the last one that AWS hears counts. */
const all = (items: readonly StackResource[], holds: (item: StackResource) => boolean): boolean =>
  items.length > 0 && items.every(holds);

/** The whole bucket: itself and what lies in it. */
const isWhole = (resources: readonly string[]): boolean =>
  resources.includes("*") ||
  resources.some(
    (resource) => resource.startsWith("arn:aws:s3:::") && resources.includes(`${resource}/*`),
  );

/** Denies every action to everybody without TLS: a second condition would leave a way. */
const isTlsDeny = ({ effect, principals, actions, resources, inverted, conditions }: Statement) =>
  effect === "Deny" &&
  !inverted &&
  principals.some((name) => name === "*:*" || name === "AWS:*") &&
  actions.some((action) => action === "*" || action === "s3:*") &&
  isWhole(resources) &&
  conditions.length === 1 &&
  conditions.every(
    ({ operator, key, wanted }) =>
      operator === "Bool" &&
      key === "aws:securetransport" &&
      wanted.length === 1 &&
      wanted[0] === "false",
  );

const deniesPlainHttp = (policy: StackResource): boolean =>
  (statementsOf(at(policy.props, "policy")) ?? []).some(isTlsDeny);

function judge(stack: PlannedStack, item: StackResource): Finding[] {
  const of = (...types: readonly string[]): StackResource[] => belonging(stack, item, ...types);
  const old = OLD_ACCESS.filter((name) => isSet(item.props, name));
  return found(
    item,
    unless(
      [
        all(of(ACCESS_BLOCK), ({ props }) => BLOCKS.every((name) => flagAt(props, name) === true)),
        `the bucket must have a BucketPublicAccessBlock with ${BLOCKS.join(", ")}`,
      ],
      [
        all(of(POLICY), deniesPlainHttp),
        "the bucket must have a BucketPolicy that denies s3:* to everybody where aws:SecureTransport is false, under no other condition",
      ],
      [
        all(
          of(OWNERSHIP),
          ({ props }) => textAt(props, "rule.objectOwnership") === "BucketOwnerEnforced",
        ),
        "the bucket must have BucketOwnershipControls with BucketOwnerEnforced: no ACL counts",
      ],
      [
        all(
          of(VERSIONING),
          ({ props }) => textAt(props, "versioningConfiguration.status") === "Enabled",
        ),
        "the bucket must have BucketVersioning that is Enabled",
      ],
      [
        of(...LIFECYCLES).length > 0 || isSet(item.props, "lifecycleRules"),
        "the bucket must have a lifecycle configuration",
      ],
      [old.length === 0, `${old.join(", ")} must be left out: a BucketPolicy says who may enter`],
      [isOff(item.props, "forceDestroy"), "forceDestroy must be off: it deletes what is inside"],
    ),
  );
}

export const bucket: Rule = {
  id: "A25",
  name: "a25-bucket",
  level: "mandatory",
  description: "Buckets are closed to the public, speak TLS only, and forget by themselves",
  source: "S3.1/5/8/13",
  stack: (stack) => [
    ...ofType(stack, ...BUCKETS).flatMap((item) => judge(stack, item)),
    ...ofType(stack, ...SETTINGS)
      .filter((item) => !item.relations("bucket").some(({ type }) => BUCKETS.includes(type)))
      .map(({ urn }) => ({
        urn,
        message: "bucket must be a bucket of this stack: by its name alone it may be any",
      })),
  ],
};
