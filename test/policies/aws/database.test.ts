import { describe } from "mocha";
import { databaseBackups } from "../../../policies/aws/database-backups.ts";
import { databaseForceSsl } from "../../../policies/aws/database-force-ssl.ts";
import { databaseLogging } from "../../../policies/aws/database-logging.ts";
import { databaseMaintenance } from "../../../policies/aws/database-maintenance.ts";
import { databaseMultiAz } from "../../../policies/aws/database-multi-az.ts";
import { databaseNetwork } from "../../../policies/aws/database-network.ts";
import { UNKNOWN } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";

const PRIMARY: Fixture = {
  type: "aws:rds/instance:Instance",
  name: "shard-0",
  protect: true,
  props: {
    instanceClass: "db.m7g.large",
    publiclyAccessible: false,
    storageEncrypted: true,
    kmsKeyId: UNKNOWN,
    multiAz: true,
    backupRetentionPeriod: 14,
    deletionProtection: true,
    skipFinalSnapshot: false,
    finalSnapshotIdentifier: UNKNOWN,
    parameterGroupName: UNKNOWN,
    autoMinorVersionUpgrade: true,
    monitoringInterval: 60,
    monitoringRoleArn: UNKNOWN,
    databaseInsightsMode: "standard",
  },
  from: { kmsKeyId: ["key"], parameterGroupName: ["parameters"] },
};
const KEY: Fixture = { type: "aws:kms/key:Key", name: "key", props: {} };
const REPLICA: Fixture = {
  type: PRIMARY.type,
  name: "shard-0-replica-0",
  props: {
    instanceClass: "db.m7g.large",
    replicateSourceDb: UNKNOWN,
    publiclyAccessible: false,
    storageEncrypted: true,
    skipFinalSnapshot: true,
    backupRetentionPeriod: 0,
    parameterGroupName: UNKNOWN,
    autoMinorVersionUpgrade: true,
    monitoringInterval: 60,
    monitoringRoleArn: UNKNOWN,
  },
  from: { replicateSourceDb: ["shard-0"], parameterGroupName: ["parameters"] },
};
const PARAMETERS: Fixture = {
  type: "aws:rds/parameterGroup:ParameterGroup",
  name: "parameters",
  props: {
    family: "postgres18",
    parameters: [
      { name: "rds.force_ssl", value: "1" },
      { name: "log_min_error_statement", value: "panic" },
      { name: "log_parameter_max_length", value: "0" },
      { name: "log_statement", value: "none" },
    ],
  },
};
const withParameter = (name: string, value: string) => ({
  parameters: [
    { name: "rds.force_ssl", value: "1" },
    { name: "log_min_error_statement", value: "panic" },
    { name: "log_parameter_max_length", value: "0" },
    { name, value },
  ],
});

describe("policies of the databases", () => {
  describeCases([
    {
      rule: databaseNetwork,
      compliant: [PRIMARY, REPLICA, KEY, PARAMETERS],
      violating: [
        { title: "a public one", change: { publiclyAccessible: true }, says: /must be false/ },
        {
          title: "one that may be public",
          change: { publiclyAccessible: UNKNOWN },
          says: /publiclyAccessible must be false/,
        },
        {
          title: "plain storage",
          change: { storageEncrypted: undefined },
          says: /storageEncrypted must be true/,
        },
        { title: "AWS's key", change: { kmsKeyId: undefined }, says: /kmsKeyId must name/ },
        ...["alias/aws/rds", "arn:aws:kms:us-east-1:123456789012:alias/aws/rds"].map(
          (kmsKeyId) => ({
            title: `AWS's key by its name, ${kmsKeyId}`,
            change: { kmsKeyId },
            says: /kmsKeyId must name a KMS key of our own/,
          }),
        ),
        {
          title: "a key of another stack",
          change: { kmsKeyId: "arn:aws:kms:us-east-1:999999999999:key/1" },
          options: { from: { parameterGroupName: ["parameters"] } },
          says: /kmsKeyId must be a key of this stack/,
        },
        {
          title: "a cluster of Aurora with plain storage",
          also: [{ type: "aws:rds/cluster:Cluster", name: "aurora", props: {} }],
          says: /storageEncrypted must be true/,
        },
        ...["aws:rds/snapshot:Snapshot", "aws:rds/snapshotCopy:SnapshotCopy"].map((type) => ({
          title: `a shared ${type}`,
          also: [{ type, name: "shared", props: { sharedAccounts: ["all"] } }],
          says: /sharedAccounts must be absent/,
        })),
        {
          title: "a plain replica",
          of: REPLICA.name,
          change: { storageEncrypted: false },
          says: /storageEncrypted must be true/,
        },
      ],
    },
    {
      rule: databaseMultiAz,
      compliant: [PRIMARY, REPLICA, KEY, PARAMETERS],
      violating: [
        { title: "one zone", change: { multiAz: false }, says: /multiAz must be true/ },
        { title: "AWS's default", change: { multiAz: undefined }, says: /multiAz must be true/ },
      ],
    },
    {
      rule: databaseBackups,
      compliant: [PRIMARY, REPLICA, KEY, PARAMETERS],
      violating: [
        {
          title: "six days of backups",
          change: { backupRetentionPeriod: 6 },
          says: /at least 7 days/,
        },
        {
          title: "no deletion protection",
          change: { deletionProtection: undefined },
          says: /deletionProtection must be true/,
        },
        {
          title: "no final snapshot",
          change: { skipFinalSnapshot: true },
          says: /skipFinalSnapshot must be false/,
        },
        {
          title: "a final snapshot without a name",
          change: { finalSnapshotIdentifier: undefined },
          says: /finalSnapshotIdentifier must name/,
        },
        { title: "no protect", options: { protect: false }, says: /option protect/ },
        {
          title: "a primary that calls itself a replica",
          change: { replicateSourceDb: "another", backupRetentionPeriod: 0 },
          says: /replicateSourceDb must be a primary of this stack/,
        },
        {
          title: "a copy of one day",
          also: [
            {
              type: "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
              name: "copy",
              props: { retentionPeriod: 1 },
            },
          ],
          says: /retentionPeriod must be at least 7 days/,
        },
        {
          title: "a cluster of Aurora without backups",
          also: [{ type: "aws:rds/cluster:Cluster", name: "aurora", props: {} }],
          says: /backupRetentionPeriod must be at least 7/,
        },
      ],
    },
    {
      rule: databaseForceSsl,
      compliant: [PARAMETERS, PRIMARY, REPLICA, KEY],
      violating: [
        {
          title: "plain connections",
          change: { "parameters.0.value": "0" },
          says: /rds\.force_ssl to "1"/,
        },
        {
          title: "a group that does not say",
          change: { parameters: undefined },
          says: /rds\.force_ssl to "1"/,
        },
        {
          title: "parameters that are not known",
          change: { parameters: UNKNOWN },
          says: /rds\.force_ssl to "1"/,
        },
        {
          title: "an instance with AWS's parameters",
          of: PRIMARY.name,
          change: { parameterGroupName: "default.postgres18" },
          says: /must name a group of ours/,
        },
        {
          title: "an instance with another stack's parameters",
          of: PRIMARY.name,
          change: { parameterGroupName: "loose" },
          options: { from: { kmsKeyId: ["key"] } },
          says: /parameterGroupName must be a group of this stack/,
        },
        {
          title: "a second value of the same parameter",
          change: {
            parameters: [
              { name: "rds.force_ssl", value: "1" },
              { name: "RDS.FORCE_SSL", value: "0" },
            ],
          },
          says: /rds\.force_ssl to "1"/,
        },
        {
          title: "plain connections of Aurora",
          also: [
            {
              type: "aws:rds/clusterParameterGroup:ClusterParameterGroup",
              name: "aurora",
              props: { parameters: [{ name: "rds.force_ssl", value: "0" }] },
            },
          ],
          says: /rds\.force_ssl to "1"/,
        },
      ],
    },
    {
      rule: databaseLogging,
      compliant: [PARAMETERS, PRIMARY, KEY],
      violating: [
        {
          title: "logged statements",
          change: withParameter("log_statement", "all"),
          says: /log_statement to "none"/,
        },
        {
          title: "logged slow statements",
          change: withParameter("log_min_duration_statement", "1000"),
          says: /log_min_duration_statement to "-1"/,
        },
        {
          title: "logged parameters, PostgreSQL's default",
          change: { "parameters.2": undefined },
          says: /log_parameter_max_length to "0"/,
        },
        {
          title: "an audit extension",
          change: withParameter("pgaudit.log", "write"),
          says: /pgaudit\.log to "none"/,
        },
        {
          title: "an audit of whoever has a role",
          change: withParameter("pgaudit.role", "rds_pgaudit"),
          says: /must leave pgaudit\.role out/,
        },
        ...["debug_print_parse", "debug_print_plan", "debug_print_rewritten"].map((name) => ({
          title: `statements printed by ${name}`,
          change: withParameter(name, "1"),
          says: new RegExp(`must set ${name} to "0"`),
        })),
        {
          title: "a server that tells everything",
          change: withParameter("log_min_messages", "debug5"),
          says: /log_min_messages to no debug level/,
        },
        {
          title: "a second value that logs",
          change: {
            parameters: [
              ...withParameter("log_statement", "none").parameters,
              { name: "log_statement", value: "all" },
            ],
          },
          says: /log_statement to "none"/,
        },
        {
          title: "statements kept by Performance Insights",
          of: PRIMARY.name,
          change: { performanceInsightsEnabled: true },
          says: /performanceInsightsEnabled must be off/,
        },
        {
          title: "statements kept by Database Insights",
          of: PRIMARY.name,
          change: { databaseInsightsMode: "advanced" },
          says: /databaseInsightsMode must be "standard"/,
        },
      ],
    },
    {
      rule: databaseMaintenance,
      compliant: [PRIMARY, REPLICA, KEY, PARAMETERS],
      violating: [
        {
          title: "no minor upgrades",
          change: { autoMinorVersionUpgrade: false },
          says: /autoMinorVersionUpgrade should be true/,
        },
        {
          title: "no enhanced monitoring",
          change: { monitoringInterval: 0 },
          says: /monitoringInterval should be above 0/,
        },
      ],
    },
  ]);
});
