import type { Region as AwsRegion } from "@pulumi/aws";

/**
 * Where the copies of a region's backups lie: another AWS region that RDS copies to from there, under
 * the same law where there is one, for they hold the same personal data.
 */
const COPIES: Partial<Record<AwsRegion, AwsRegion>> = {
  "us-east-1": "us-west-2",
  "us-east-2": "us-west-2",
  "us-west-2": "us-east-1",
  "ca-central-1": "us-east-1",
  "sa-east-1": "us-east-1",
  "eu-central-1": "eu-west-1",
  "eu-west-1": "eu-central-1",
  "eu-west-2": "eu-west-1",
  "eu-west-3": "eu-central-1",
  "eu-north-1": "eu-central-1",
  "ap-southeast-1": "ap-northeast-1",
  "ap-southeast-2": "ap-southeast-1",
  "ap-northeast-1": "ap-southeast-1",
  "ap-northeast-2": "ap-northeast-1",
  "ap-south-1": "ap-southeast-1",
};

/** Throws a RangeError that says what to do when the region has none. */
export function backupRegionOf(awsRegion: AwsRegion): AwsRegion {
  const copy = COPIES[awsRegion];
  if (copy === undefined)
    throw new RangeError(
      `backups of ${awsRegion} have no second region: name one in infra/lib/backup-regions.ts, or set backupReplication to false`,
    );
  return copy;
}
