import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config.ts";
import { accountOf, serviceTrust } from "../lib/iam.ts";
import { physicalName } from "../lib/names.ts";
import { BackupReplication } from "./backup-replication.ts";
import { EncryptionKey } from "./encryption-key.ts";
import { PostgresShard } from "./postgres-shard.ts";
import type { Secrets } from "./secrets.ts";
import { ServiceRole } from "./service-role.ts";

export interface DatabaseArgs {
  readonly config: StackConfig;
  readonly shards: readonly string[];
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly securityGroupId: pulumi.Input<string>;
  readonly secrets: Secrets;
}

/** The region's shards and what they share: subnet group, key, monitoring role. */
export class Database extends pulumi.ComponentResource {
  readonly shards: readonly PostgresShard[];

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:data:Database", name, {}, opts);
    const { config } = args;
    const key = new EncryptionKey(
      name,
      {
        description: "PostgreSQL shards of the region",
        alias: physicalName(config.region.name, name),
      },
      { parent: this, protect: config.protect },
    );
    const subnetGroup = new aws.rds.SubnetGroup(
      name,
      { subnetIds: [...args.subnetIds] },
      { parent: this },
    );
    const monitoring = new ServiceRole(
      `${name}-monitoring`,
      {
        description: "RDS enhanced monitoring",
        accountId: accountOf(config.deployerRoleArn),
        trust: serviceTrust("monitoring.rds.amazonaws.com"),
        managedPolicies: ["service-role/AmazonRDSEnhancedMonitoringRole"],
      },
      { parent: this },
    );
    this.shards = args.shards.map(
      (shard) =>
        new PostgresShard(
          shard,
          {
            region: config.region.name,
            instanceClass: config.databaseInstanceClass,
            storageGb: config.databaseStorageGb,
            replicas: config.replicasPerShard,
            multiAz: config.multiAz,
            protect: config.protect,
            finalSnapshots: config.finalSnapshots,
            backupRetentionDays: config.backupRetentionDays,
            subnetGroupName: subnetGroup.name,
            securityGroupId: args.securityGroupId,
            kmsKeyArn: key.arn,
            monitoringRoleArn: monitoring.arn,
            ownerPassword: args.secrets.owner(shard),
          },
          { parent: this },
        ),
    );
    if (config.backupReplication)
      new BackupReplication(
        "backups",
        {
          config,
          primaries: Object.fromEntries(this.shards.map((shard) => [shard.name, shard.primaryArn])),
        },
        { parent: this },
      );
    this.registerOutputs({});
  }
}
