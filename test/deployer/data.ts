/** Databases, cache, buckets, secrets. Sources: as in network.ts. */
import { arn, input, physical, roleOf, type Planned } from "./planned.ts";
import { linkedRole, pass, useKey, type Table } from "./rights.ts";

const TAGS = "AddTagsToResource RemoveTagsFromResource";
const KEY = ["DescribeKey", "CreateGrant", "GenerateDataKey", "Decrypt"];

export const RDS: Table = {
  // rds/instance.go; https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html
  "aws:rds/instance:Instance": {
    arn: (item) => arn("rds", item, `db:${input(item, "identifier")}`),
    create: "CreateDBInstance CreateDBInstanceReadReplica AddTagsToResource",
    read: "DescribeDBInstances ListTagsForResource",
    update: `ModifyDBInstance RebootDBInstance ${TAGS}`,
    delete: "DeleteDBInstance",
    also: (item) => [
      // Enhanced monitoring: AWS's page shows no condition; a simulation of the first alone did not pass
      // (https://github.com/mitodl/ol-infrastructure/pull/5874).
      ...pass(
        roleOf(item, "monitoringRoleArn"),
        "monitoring.rds.amazonaws.com",
        "rds.amazonaws.com",
      ),
      ...useKey(item, ...KEY),
      linkedRole("rds.amazonaws.com"),
      {
        action: "rds:CreateDBSnapshot",
        arn: arn("rds", item, `snapshot:${input(item, "identifier")}-final-0a1b2c3d`),
      },
    ],
  },
  // rds/instance_automated_backups_replication.go
  "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": {
    arn: (item) => arn("rds", item, "db:svpn-us-east-1-shard-0"),
    create: "StartDBInstanceAutomatedBackupsReplication",
    read: "DescribeDBInstanceAutomatedBackups DescribeDBInstances",
    update: "",
    delete: "StopDBInstanceAutomatedBackupsReplication",
    also: (item) => useKey(item, ...KEY),
  },
  // rds/parameter_group.go
  "aws:rds/parameterGroup:ParameterGroup": {
    arn: (item) => arn("rds", item, `pg:${physical(item)}`),
    create: "CreateDBParameterGroup ModifyDBParameterGroup AddTagsToResource",
    read: "DescribeDBParameterGroups DescribeDBParameters ListTagsForResource",
    update: `ModifyDBParameterGroup ResetDBParameterGroup ${TAGS}`,
    delete: "DeleteDBParameterGroup",
  },
  // rds/subnet_group.go
  "aws:rds/subnetGroup:SubnetGroup": {
    arn: (item) => arn("rds", item, `subgrp:${physical(item)}`),
    create: "CreateDBSubnetGroup AddTagsToResource",
    read: "DescribeDBSubnetGroups ListTagsForResource",
    update: `ModifyDBSubnetGroup ${TAGS}`,
    delete: "DeleteDBSubnetGroup",
  },
};

export const CACHE: Table = {
  // elasticache/parameter_group.go
  "aws:elasticache/parameterGroup:ParameterGroup": {
    arn: (item) => arn("elasticache", item, `parametergroup:${physical(item)}`),
    create: "CreateCacheParameterGroup ModifyCacheParameterGroup AddTagsToResource",
    read: "DescribeCacheParameterGroups DescribeCacheParameters ListTagsForResource",
    update: `ModifyCacheParameterGroup ResetCacheParameterGroup ${TAGS}`,
    delete: "DeleteCacheParameterGroup",
  },
  // elasticache/replication_group.go
  "aws:elasticache/replicationGroup:ReplicationGroup": {
    arn: (item) =>
      arn("elasticache", item, `replicationgroup:${input(item, "replicationGroupId")}`),
    create: "CreateReplicationGroup AddTagsToResource",
    read: "DescribeReplicationGroups ListTagsForResource",
    update: `ModifyReplicationGroup IncreaseReplicaCount DecreaseReplicaCount ${TAGS}`,
    delete: "DeleteReplicationGroup",
    also: (item) => [
      ...useKey(item, "DescribeKey", "CreateGrant"),
      linkedRole("elasticache.amazonaws.com"),
      {
        action: "elasticache:DescribeCacheClusters",
        arn: arn("elasticache", item, `cluster:${input(item, "replicationGroupId")}-001`),
      },
    ],
  },
  // elasticache/subnet_group.go
  "aws:elasticache/subnetGroup:SubnetGroup": {
    arn: (item) => arn("elasticache", item, `subnetgroup:${physical(item)}`),
    create: "CreateCacheSubnetGroup AddTagsToResource",
    read: "DescribeCacheSubnetGroups ListTagsForResource",
    update: `ModifyCacheSubnetGroup ${TAGS}`,
    delete: "DeleteCacheSubnetGroup",
  },
  // elasticache/user.go
  "aws:elasticache/user:User": {
    arn: (item) => arn("elasticache", item, `user:${input(item, "userId")}`),
    create: "CreateUser AddTagsToResource",
    read: "DescribeUsers ListTagsForResource",
    update: `ModifyUser ${TAGS}`,
    delete: "DeleteUser",
  },
  // elasticache/user_group.go
  "aws:elasticache/userGroup:UserGroup": {
    arn: (item) => arn("elasticache", item, `usergroup:${input(item, "userGroupId")}`),
    create: "CreateUserGroup AddTagsToResource",
    read: "DescribeUserGroups ListTagsForResource",
    update: `ModifyUserGroup ${TAGS}`,
    delete: "DeleteUserGroup",
  },
};

const bucket = (item: Planned): string => `arn:aws:s3:::${input(item, "bucket")}`;

export const S3: Table = {
  // s3/bucket.go: its read asks for every property that a bucket may have
  "aws:s3/bucket:Bucket": {
    arn: bucket,
    create: "CreateBucket TagResource PutBucketTagging",
    read:
      "ListBucket GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketObjectLockConfiguration " +
      "GetBucketPolicy GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite " +
      "GetAccelerateConfiguration GetEncryptionConfiguration GetLifecycleConfiguration " +
      "GetReplicationConfiguration ListTagsForResource",
    update: "PutBucketTagging TagResource UntagResource",
    delete: "DeleteBucket",
  },
  // s3/bucket_lifecycle_configuration.go
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
    arn: bucket,
    create: "PutLifecycleConfiguration",
    read: "GetLifecycleConfiguration",
    update: "PutLifecycleConfiguration",
    delete: "PutLifecycleConfiguration",
  },
  // s3/bucket_ownership_controls.go
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
    arn: bucket,
    create: "PutBucketOwnershipControls",
    read: "GetBucketOwnershipControls",
    update: "PutBucketOwnershipControls",
    delete: "PutBucketOwnershipControls",
  },
  // s3/bucket_policy.go
  "aws:s3/bucketPolicy:BucketPolicy": {
    arn: bucket,
    create: "PutBucketPolicy",
    read: "GetBucketPolicy",
    update: "PutBucketPolicy",
    delete: "DeleteBucketPolicy",
  },
  // s3/bucket_public_access_block.go
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
    arn: bucket,
    create: "PutBucketPublicAccessBlock",
    read: "GetBucketPublicAccessBlock",
    update: "PutBucketPublicAccessBlock",
    delete: "PutBucketPublicAccessBlock",
  },
  // s3/bucket_server_side_encryption_configuration.go
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
    arn: bucket,
    create: "PutEncryptionConfiguration",
    read: "GetEncryptionConfiguration",
    update: "PutEncryptionConfiguration",
    delete: "PutEncryptionConfiguration",
  },
  // s3/bucket_versioning.go
  "aws:s3/bucketVersioning:BucketVersioning": {
    arn: bucket,
    create: "PutBucketVersioning",
    read: "GetBucketVersioning",
    update: "PutBucketVersioning",
    delete: "PutBucketVersioning",
  },
};

/** A secret's ARN ends with six characters of AWS's. */
const secret = (name: string, item: Planned): string =>
  arn("secretsmanager", item, `secret:${name}-AbCdEf`);

export const SECRETS: Table = {
  // secretsmanager/secret.go
  "aws:secretsmanager/secret:Secret": {
    arn: (item) => secret(physical(item), item),
    create: "CreateSecret TagResource",
    read: "DescribeSecret GetResourcePolicy",
    update: "UpdateSecret TagResource UntagResource",
    delete: "DeleteSecret",
    also: (item) => useKey(item, "GenerateDataKey", "Decrypt"),
  },
  // secretsmanager/secret_version.go
  "aws:secretsmanager/secretVersion:SecretVersion": {
    arn: (item) => secret(item.name, item),
    create: "PutSecretValue",
    read: "GetSecretValue DescribeSecret ListSecretVersionIds",
    update: "UpdateSecretVersionStage",
    delete: "UpdateSecretVersionStage",
    also: (item) => useKey(item, "GenerateDataKey", "Decrypt"),
  },
};
