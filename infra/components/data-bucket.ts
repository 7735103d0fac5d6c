import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { NAMESPACES } from "../../services/contract/index.ts";
import type { StackConfig } from "../config.ts";
import { accountOf, allow, documentOf, podIdentityTrust } from "../lib/iam.ts";
import { longName, physicalName } from "../lib/names.ts";
import { dataClass } from "../lib/tags.ts";
import { ServiceRole } from "./service-role.ts";

export interface DataBucketArgs {
  readonly config: StackConfig;
  readonly clusterName: pulumi.Input<string>;
}

/** The one service account that reads it. */
const READER = "selector";
/** Days for which an overwritten or deleted object can be brought back. */
const OLD_VERSION_DAYS = 90;
const ABORT_UPLOAD_DAYS = 7;

/**
 * Bucket for data that is too large for a ConfigMap, such as the country database: versioned, closed
 * to the public, TLS only, read by the selector's pods and the deployer alone. What lies in it is
 * public knowledge, so S3's own encryption is enough. Cents a month. Removing it needs it empty.
 */
export class DataBucket extends pulumi.ComponentResource {
  readonly bucketName: string;

  constructor(name: string, args: DataBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:data:DataBucket", name, {}, opts);
    const { region, deployerRoleArn, protect } = args.config;
    // Names of buckets are one space for all accounts; the account's number makes this one ours.
    this.bucketName = longName(region.name, `data-${accountOf(deployerRoleArn)}`);
    const role = this.#reader(name, args);
    const bucket = new aws.s3.Bucket(
      name,
      { bucket: this.bucketName, tags: dataClass("operational") },
      { parent: this, protect },
    );
    const closed = this.#settings(name, bucket);
    new aws.s3.BucketPolicy(
      name,
      { bucket: bucket.bucket, policy: policyOf(this.bucketName, [role, deployerRoleArn]) },
      { parent: this, dependsOn: [closed] },
    );
    this.registerOutputs({ bucketName: this.bucketName });
  }

  #settings(name: string, bucket: aws.s3.Bucket): pulumi.Resource {
    const of = { bucket: bucket.bucket };
    const options = { parent: this };
    const closed = new aws.s3.BucketPublicAccessBlock(
      name,
      {
        ...of,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      options,
    );
    new aws.s3.BucketOwnershipControls(
      name,
      { ...of, rule: { objectOwnership: "BucketOwnerEnforced" } },
      options,
    );
    const versioning = new aws.s3.BucketVersioning(
      name,
      { ...of, versioningConfiguration: { status: "Enabled" } },
      options,
    );
    const sse = { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } };
    new aws.s3.BucketServerSideEncryptionConfiguration(name, { ...of, rules: [sse] }, options);
    new aws.s3.BucketLifecycleConfiguration(
      name,
      {
        ...of,
        rules: [
          {
            id: "old-versions",
            status: "Enabled",
            filter: { prefix: "" },
            noncurrentVersionExpiration: { noncurrentDays: OLD_VERSION_DAYS },
            abortIncompleteMultipartUpload: { daysAfterInitiation: ABORT_UPLOAD_DAYS },
          },
        ],
      },
      // A rule on old versions means nothing before there are any.
      { parent: this, dependsOn: [versioning] },
    );
    return closed;
  }

  /** The selector's role, by Pod Identity; its ARN, from names. */
  #reader(name: string, { config, clusterName }: DataBucketArgs): string {
    const account = accountOf(config.deployerRoleArn);
    const roleName = physicalName(config.region.name, READER);
    const objects = `arn:aws:s3:::${this.bucketName}/*`;
    const role = new ServiceRole(
      `${name}-${READER}`,
      {
        description: "Selector: the region's data bucket",
        accountId: account,
        // Fixed: the bucket's policy names it.
        name: roleName,
        trust: podIdentityTrust(
          account,
          config.region.awsRegion,
          physicalName(config.region.name, "cluster"),
        ),
        managedPolicies: [],
        policy: allow(["s3:GetObject", "s3:GetObjectVersion"], [objects]),
      },
      { parent: this },
    );
    new aws.eks.PodIdentityAssociation(
      `${name}-${READER}`,
      {
        clusterName,
        namespace: NAMESPACES.platform,
        serviceAccount: READER,
        roleArn: role.arn,
      },
      { parent: this },
    );
    return `arn:aws:iam::${account}:role/${roleName}`;
  }
}

function policyOf(bucket: string, readers: readonly string[]): string {
  const arn = `arn:aws:s3:::${bucket}`;
  const deny = { Effect: "Deny", Principal: "*" };
  return documentOf([
    {
      ...deny,
      Sid: "TlsOnly",
      Action: "s3:*",
      Resource: [arn, `${arn}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      ...deny,
      Sid: "ReadersOnly",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: [`${arn}/*`],
      Condition: { ArnNotEquals: { "aws:PrincipalArn": readers } },
    },
  ]);
}
