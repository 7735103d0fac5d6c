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
  },
};
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
      compliant: [PRIMARY, REPLICA],
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
      compliant: [PRIMARY, REPLICA],
      violating: [
        { title: "one zone", change: { multiAz: false }, says: /multiAz must be true/ },
        { title: "AWS's default", change: { multiAz: undefined }, says: /multiAz must be true/ },
      ],
    },
    {
      rule: databaseBackups,
      compliant: [PRIMARY, REPLICA],
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
      ],
    },
    {
      rule: databaseForceSsl,
      compliant: [PARAMETERS, PRIMARY, REPLICA],
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
      ],
    },
    {
      rule: databaseLogging,
      compliant: [PARAMETERS],
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
      ],
    },
    {
      rule: databaseMaintenance,
      compliant: [PRIMARY, REPLICA],
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
