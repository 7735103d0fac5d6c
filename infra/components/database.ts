import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config.ts";
import { EncryptionKey } from "./encryption-key.ts";
import { PostgresShard } from "./postgres-shard.ts";
import type { Secrets } from "./secrets.ts";

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
    const key = new EncryptionKey(name, { description: "PostgreSQL shards of the region", alias: `svpn-${config.region.name}-database` }, { parent: this });
    const subnetGroup = new aws.rds.SubnetGroup(name, { subnetIds: [...args.subnetIds] }, { parent: this });
    const role = this.#monitoringRole(name);
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
            backupRetentionDays: config.backupRetentionDays,
            subnetGroupName: subnetGroup.name,
            securityGroupId: args.securityGroupId,
            kmsKeyArn: key.arn,
            monitoringRoleArn: role.arn,
            ownerPassword: args.secrets.owner(shard),
          },
          { parent: this },
        ),
    );
    this.registerOutputs({});
  }

  #monitoringRole(name: string): aws.iam.Role {
    const role = new aws.iam.Role(
      `${name}-monitoring`,
      {
        description: "RDS enhanced monitoring",
        assumeRolePolicy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { Service: "monitoring.rds.amazonaws.com" }, Action: "sts:AssumeRole" }],
        }),
      },
      { parent: this },
    );
    new aws.iam.RolePolicyAttachment(
      `${name}-monitoring`,
      { role: role.name, policyArn: "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole" },
      { parent: this },
    );
    return role;
  }
}
