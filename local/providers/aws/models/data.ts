import { model, type ModelTable } from "../model.ts";
import { accessStringWrittenBack, parametersWrittenBack } from "../written-back.ts";

/** Databases, caches, keys, secrets, rights and logs. */
export const DATA: ModelTable = {
  "aws:rds/subnetGroup:SubnetGroup": model({
    echoes: "name namePrefix description subnetIds",
    required: "subnetIds",
    replaceOn: "name namePrefix",
    autoName: "name",
    id: "{name}",
    computed: { arn: "arn:aws:rds:{region}:{account}:subgrp:{id}" },
  }),
  "aws:rds/parameterGroup:ParameterGroup": model({
    enacts: "parameters",
    echoes: "name namePrefix family description skipDestroy",
    required: "family",
    replaceOn: "name namePrefix family description",
    autoName: "name",
    id: "{name}",
    computed: { arn: "arn:aws:rds:{region}:{account}:pg:{id}" },
    writtenBack: parametersWrittenBack,
  }),
  "aws:rds/instance:Instance": model({
    enacts: "identifier dbName username passwordWoVersion parameterGroupName replicateSourceDb",
    echoes: [
      "engine engineVersion instanceClass allocatedStorage maxAllocatedStorage storageType iops storageThroughput storageEncrypted kmsKeyId multiAz availabilityZone port",
      "dbSubnetGroupName vpcSecurityGroupIds backupRetentionPeriod backupWindow maintenanceWindow deletionProtection skipFinalSnapshot finalSnapshotIdentifier deleteAutomatedBackups",
      "publiclyAccessible autoMinorVersionUpgrade allowMajorVersionUpgrade monitoringInterval monitoringRoleArn performanceInsightsEnabled performanceInsightsKmsKeyId",
      "performanceInsightsRetentionPeriod databaseInsightsMode copyTagsToSnapshot applyImmediately caCertIdentifier enabledCloudwatchLogsExports iamDatabaseAuthenticationEnabled networkType",
    ].join(" "),
    required: "instanceClass identifier",
    // replicateSourceDb is not here: taking it away promotes a replica; the provider refuses that by name.
    replaceOn: "identifier engine username dbName storageEncrypted kmsKeyId availabilityZone",
    writeOnly: "passwordWo",
    id: "db-{hex26}",
    computed: {
      arn: "arn:aws:rds:{region}:{account}:db:{identifier}",
      resourceId: "{id}",
      hostedZoneId: "Z0EMBEDDEDCLOUD",
      status: "available",
    },
    told: "address port endpoint",
  }),
  "aws:elasticache/subnetGroup:SubnetGroup": model({
    echoes: "name description subnetIds",
    required: "subnetIds",
    replaceOn: "name",
    autoName: "name",
    id: "{name}",
    computed: { arn: "arn:aws:elasticache:{region}:{account}:subnetgroup:{id}" },
  }),
  "aws:elasticache/parameterGroup:ParameterGroup": model({
    enacts: "parameters",
    echoes: "name family description",
    required: "family",
    replaceOn: "name family description",
    autoName: "name",
    id: "{name}",
    computed: { arn: "arn:aws:elasticache:{region}:{account}:parametergroup:{id}" },
  }),
  "aws:elasticache/user:User": model({
    enacts: "userName accessString authenticationMode noPasswordRequired passwords",
    echoes: "userId engine",
    required: "userId userName accessString engine",
    replaceOn: "userId userName",
    id: "{userId}",
    computed: { arn: "arn:aws:elasticache:{region}:{account}:user:{id}" },
    writtenBack: accessStringWrittenBack,
  }),
  "aws:elasticache/userGroup:UserGroup": model({
    enacts: "userIds",
    echoes: "userGroupId engine",
    required: "userGroupId engine",
    replaceOn: "userGroupId engine",
    id: "{userGroupId}",
    computed: { arn: "arn:aws:elasticache:{region}:{account}:usergroup:{id}" },
  }),
  "aws:elasticache/replicationGroup:ReplicationGroup": model({
    enacts: "replicationGroupId parameterGroupName userGroupIds",
    echoes: [
      "description engine engineVersion nodeType numCacheClusters automaticFailoverEnabled multiAzEnabled atRestEncryptionEnabled transitEncryptionEnabled transitEncryptionMode",
      "kmsKeyId subnetGroupName securityGroupIds port snapshotRetentionLimit snapshotWindow maintenanceWindow finalSnapshotIdentifier autoMinorVersionUpgrade applyImmediately",
      "logDeliveryConfigurations notificationTopicArn networkType ipDiscovery",
    ].join(" "),
    required: "replicationGroupId description",
    replaceOn: "replicationGroupId atRestEncryptionEnabled kmsKeyId subnetGroupName port",
    id: "{replicationGroupId}",
    computed: {
      arn: "arn:aws:elasticache:{region}:{account}:replicationgroup:{id}",
      memberClusters: ({ id, inputs }) =>
        Array.from(
          { length: Number(inputs["numCacheClusters"] ?? 1) },
          (_, n) => `${id}-${String(n + 1).padStart(3, "0")}`,
        ),
    },
    told: "primaryEndpointAddress readerEndpointAddress port",
  }),
  "aws:secretsmanager/secret:Secret": model({
    echoes:
      "name namePrefix description kmsKeyId recoveryWindowInDays forceOverwriteReplicaSecret replicas policy",
    replaceOn: "name namePrefix",
    autoName: "name",
    id: "arn:aws:secretsmanager:{region}:{account}:secret:{name}-{hex6}",
    computed: { arn: "{id}" },
  }),
  "aws:secretsmanager/secretVersion:SecretVersion": model({
    echoes: "secretId secretString secretBinary versionStages",
    required: "secretId",
    replaceOn: "secretId secretString secretBinary",
    id: "{secretId}|{hex32}",
    computed: { arn: "{secretId}", versionId: ({ id }) => id.split("|")[1] ?? "" },
    tagged: false,
  }),
  "aws:kms/key:Key": model({
    echoes:
      "description enableKeyRotation rotationPeriodInDays deletionWindowInDays policy keyUsage customerMasterKeySpec multiRegion isEnabled bypassPolicyLockoutSafetyCheck",
    replaceOn: "keyUsage customerMasterKeySpec multiRegion",
    id: "{hex8}-{hex4}-{hex4}-{hex4}-{hex12}",
    computed: { arn: "arn:aws:kms:{region}:{account}:key/{id}", keyId: "{id}" },
  }),
  "aws:kms/alias:Alias": model({
    echoes: "name namePrefix targetKeyId",
    required: "targetKeyId",
    replaceOn: "name namePrefix",
    autoName: "name",
    id: "{name}",
    computed: {
      arn: "arn:aws:kms:{region}:{account}:{name}",
      targetKeyArn: "arn:aws:kms:{region}:{account}:key/{targetKeyId}",
    },
    tagged: false,
  }),
  "aws:iam/role:Role": model({
    echoes:
      "name namePrefix assumeRolePolicy description path maxSessionDuration permissionsBoundary forceDetachPolicies",
    required: "assumeRolePolicy",
    replaceOn: "name namePrefix path",
    autoName: "name",
    maxLength: 64,
    id: "{name}",
    computed: {
      arn: "arn:aws:iam::{account}:role/{id}",
      uniqueId: "AROA{hex17}",
      createDate: () => new Date().toISOString(),
    },
    regional: false,
  }),
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": model({
    echoes: "role policyArn",
    required: "role policyArn",
    replaceOn: "role policyArn",
    id: "{role}-{hex26}",
    tagged: false,
    regional: false,
  }),
  "aws:iam/rolePolicy:RolePolicy": model({
    echoes: "role name namePrefix policy",
    required: "role policy",
    replaceOn: "role name namePrefix",
    autoName: "name",
    maxLength: 128,
    id: "{role}:{name}",
    tagged: false,
    regional: false,
  }),
  "aws:cloudwatch/logGroup:LogGroup": model({
    echoes: "name namePrefix retentionInDays kmsKeyId logGroupClass skipDestroy",
    replaceOn: "name namePrefix logGroupClass",
    autoName: "name",
    id: "{name}",
    computed: { arn: "arn:aws:logs:{region}:{account}:log-group:{id}" },
  }),
};
