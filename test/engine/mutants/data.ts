import type { Mutant } from "./mutant.ts";
import { cache, cluster, database, databaseParameters, key, of, role } from "./places.ts";

const bucket = of("aws:s3/bucket:Bucket")("loose");
const anybody = (condition: object) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*", ...condition }],
  });
const trust = (principal: object) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }],
  });

/** Faults in the cluster, databases, cache, keys, roles and secrets. */
export const DATA: readonly Mutant[] = [
  {
    policy: "a01-cluster-endpoint",
    of: cluster,
    change: {
      "vpcConfig > endpointPublicAccess": true,
      "vpcConfig > publicAccessCidrs": ["0.0.0.0/0"],
    },
    says: /publicAccessCidrs must be known CIDRs of \/24 or narrower/,
  },
  {
    policy: "a02-cluster-encryption",
    of: cluster,
    change: { "encryptionConfig > provider > keyArn": "" },
    says: /encryptionConfig\.provider\.keyArn must name a KMS key/,
  },
  {
    policy: "a03-cluster-logs",
    of: cluster,
    change: { enabledClusterLogTypes: ["api", "audit"] },
    says: /it lacks authenticator, controllerManager, scheduler/,
  },
  {
    policy: "a04-cluster-version-access",
    of: cluster,
    change: { version: "1.31" },
    says: /version must be one of/,
  },
  {
    policy: "a04-cluster-version-access",
    of: cluster,
    change: { "accessConfig > bootstrapClusterCreatorAdminPermissions": true },
    says: /bootstrapClusterCreatorAdminPermissions must be false/,
  },
  {
    policy: "a07-database-private-encrypted",
    of: database("shard-0"),
    change: { publiclyAccessible: true },
    says: /publiclyAccessible must be false/,
  },
  {
    policy: "a08-database-multi-az",
    of: database("shard-1"),
    change: { multiAz: false },
    says: /multiAz must be true/,
  },
  {
    policy: "a09-database-backups",
    of: database("shard-0"),
    change: { backupRetentionPeriod: 1 },
    says: /backupRetentionPeriod must be at least 7 days/,
  },
  {
    policy: "a09-database-backups",
    of: database("shard-1"),
    change: { skipFinalSnapshot: true },
    says: /skipFinalSnapshot must be false/,
  },
  {
    policy: "a10-database-force-ssl",
    of: databaseParameters("shard-0"),
    change: { "parameters > name=rds.force_ssl > value": "0" },
    says: /parameters must set rds\.force_ssl to "1"/,
  },
  {
    policy: "a11-database-logging",
    of: databaseParameters("shard-1"),
    change: { "parameters > name=log_statement > value": "all" },
    says: /parameters must set log_statement to "none"/,
  },
  {
    policy: "a13-cache-failover",
    of: cache,
    change: { multiAzEnabled: false },
    says: /multiAzEnabled must be true/,
  },
  {
    policy: "a14-cache-encryption",
    of: cache,
    change: { transitEncryptionEnabled: false },
    says: /transitEncryptionEnabled must be true/,
  },
  {
    policy: "a14-cache-encryption",
    of: of("aws:elasticache/user:User")("cache"),
    change: { noPasswordRequired: true },
    says: /noPasswordRequired must be false/,
  },
  {
    policy: "a15-cache-eviction",
    of: of("aws:elasticache/parameterGroup:ParameterGroup")("cache"),
    change: { "parameters > name=maxmemory-policy > value": "allkeys-lru" },
    says: /must set maxmemory-policy to "noeviction"/,
  },
  {
    policy: "a16-cache-subnets",
    of: cache,
    change: { subnetGroupName: "default" },
    says: /subnetGroupName must name a group of ours/,
  },
  {
    policy: "a23-kms-key",
    of: key("database"),
    change: { enableKeyRotation: false },
    says: /enableKeyRotation must be true/,
  },
  {
    policy: "a23-kms-key",
    of: key("secrets"),
    change: { policy: anybody({}) },
    says: /must not allow the principal "\*" without a condition/,
  },
  {
    policy: "a24-iam-least-privilege",
    of: role("nodes-system"),
    change: { assumeRolePolicy: trust({ AWS: "*" }) },
    says: /assumeRolePolicy must name its principals/,
  },
  {
    policy: "a24-iam-least-privilege",
    of: role("cluster-vpc-cni"),
    change: { assumeRolePolicy: trust({ Service: "pods.eks.amazonaws.com" }) },
    says: /must pin aws:SourceAccount and aws:SourceArn/,
  },
  {
    policy: "a24-iam-least-privilege",
    of: of("aws:iam/rolePolicy:RolePolicy")("network-flows"),
    change: {
      policy: JSON.stringify({ Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }),
    },
    says: /policy must list actions one by one, no patterns: \*/,
    also: [
      {
        policy: "a24-iam-least-privilege",
        at: of("aws:iam/rolePolicy:RolePolicy")("network-flows"),
        says: /policy must name resources: \* on everything/,
      },
    ],
  },
  {
    policy: "a24-iam-least-privilege",
    of: of("aws:iam/rolePolicy:RolePolicy")("autoscaler"),
    change: {
      policy: JSON.stringify({
        Statement: [{ Effect: "Allow", Action: ["autoscaling:*"], Resource: "*" }],
      }),
    },
    says: /no patterns: autoscaling:\*/,
    also: [
      {
        policy: "a24-iam-least-privilege",
        at: of("aws:iam/rolePolicy:RolePolicy")("autoscaler"),
        says: /policy must name resources: autoscaling:\*/,
      },
    ],
  },
  {
    policy: "a25-bucket",
    of: bucket,
    added: "aws",
    options: { protect: true },
    says: /must have a BucketPublicAccessBlock/,
    also: [
      { policy: "a25-bucket", at: bucket, says: /must have a BucketPolicy that denies/ },
      { policy: "a25-bucket", at: bucket, says: /must have a lifecycle configuration/ },
      { policy: "a25-bucket", at: bucket, says: /BucketOwnershipControls/ },
      { policy: "a25-bucket", at: bucket, says: /BucketVersioning/ },
    ],
  },
  {
    policy: "a26-secret-recovery",
    of: of("aws:secretsmanager/secret:Secret")("secrets-cache"),
    change: { recoveryWindowInDays: 0 },
    says: /recoveryWindowInDays must be stated, at least 7/,
  },
  {
    policy: "a28-protected-and-tagged",
    of: key("cluster"),
    options: { protect: false },
    says: /must have the option protect/,
  },
  {
    policy: "a28-protected-and-tagged",
    of: of("random:index/randomPassword:RandomPassword")("secrets-cache"),
    options: { protect: true },
    says: /must not have the option protect, which refuses their rotation/,
  },
  {
    policy: "a28-protected-and-tagged",
    of: database("shard-1"),
    change: { "tags > data-class": "" },
    says: /tags must say data-class/,
  },
];
