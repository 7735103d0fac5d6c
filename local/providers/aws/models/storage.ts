import { model, type ModelTable } from "../model.ts";

const ofBucket = (echoes: string, required: string) =>
  model({
    echoes: `bucket ${echoes}`,
    required: `bucket ${required}`,
    replaceOn: "bucket",
    id: "{bucket}",
    tagged: false,
  });

/** Buckets are kept and given back: they hold logs, and here logs are files. */
export const STORAGE: ModelTable = {
  "aws:s3/bucket:Bucket": model({
    echoes: "bucket bucketPrefix forceDestroy objectLockEnabled",
    replaceOn: "bucket bucketPrefix objectLockEnabled",
    autoName: "bucket",
    maxLength: 63,
    id: "{bucket}",
    computed: {
      arn: "arn:aws:s3:::{bucket}",
      bucketDomainName: "{bucket}.s3.internal",
      bucketRegionalDomainName: "{bucket}.s3.{region}.internal",
    },
  }),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ofBucket(
    "blockPublicAcls blockPublicPolicy ignorePublicAcls restrictPublicBuckets skipDestroy",
    "",
  ),
  "aws:s3/bucketPolicy:BucketPolicy": ofBucket("policy", "policy"),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ofBucket(
    "rules expectedBucketOwner transitionDefaultMinimumObjectSize",
    "rules",
  ),
  "aws:s3/bucketVersioning:BucketVersioning": ofBucket(
    "versioningConfiguration expectedBucketOwner mfa",
    "versioningConfiguration",
  ),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ofBucket("rule", "rule"),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
    ofBucket("rules expectedBucketOwner", "rules"),
};
