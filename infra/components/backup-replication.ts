import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config.ts";
import { backupRegionOf } from "../lib/backup-regions.ts";
import { physicalName } from "../lib/names.ts";
import { EncryptionKey } from "./encryption-key.ts";

export interface BackupReplicationArgs {
  readonly config: StackConfig;
  /** ARN of each shard's primary, by the shard's name. Replicas have no backups. */
  readonly primaries: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * Copies of the primaries' automated backups in a second AWS region, so that a shard can be restored
 * without its own region, to a point at most minutes before the loss. About 0.095 USD a GB-month and
 * the transfer, and 1 USD for the key. Removing it deletes the copies.
 */
export class BackupReplication extends pulumi.ComponentResource {
  constructor(name: string, args: BackupReplicationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:data:BackupReplication", name, {}, opts);
    const { region, backupRetentionDays, protect } = args.config;
    const awsRegion = backupRegionOf(region.awsRegion);
    // A key does not leave its region: the copies are encrypted anew.
    const key = new EncryptionKey(
      name,
      {
        description: `Copies of PostgreSQL backups of ${region.name}`,
        alias: physicalName(region.name, "backups"),
        awsRegion,
      },
      { parent: this, protect },
    );
    for (const [shard, sourceDbInstanceArn] of Object.entries(args.primaries))
      new aws.rds.InstanceAutomatedBackupsReplication(
        `${name}-${shard}`,
        {
          sourceDbInstanceArn,
          kmsKeyId: key.arn,
          retentionPeriod: backupRetentionDays,
          region: awsRegion,
        },
        { parent: this },
      );
    this.registerOutputs({});
  }
}
