import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { DATABASE_NAME, DATABASE_OWNER, type HostPort } from "../../services/contract/index.ts";
import { physicalName } from "../lib/names.ts";
import { dataClass } from "../lib/tags.ts";
import { POSTGRES_FAMILY, POSTGRES_VERSION, RDS_CA } from "../versions.ts";
import type { SecretValue } from "./secret-value.ts";

export interface PostgresShardArgs {
  readonly region: string;
  readonly instanceClass: string;
  readonly storageGb: number;
  /** Read replicas, 0 to 15. */
  readonly replicas: number;
  readonly multiAz: boolean;
  readonly protect: boolean;
  /** Whether a last snapshot is kept when the primary is destroyed. */
  readonly finalSnapshots: boolean;
  readonly backupRetentionDays: number;
  readonly subnetGroupName: pulumi.Input<string>;
  readonly securityGroupId: pulumi.Input<string>;
  readonly kmsKeyArn: pulumi.Input<string>;
  readonly monitoringRoleArn: pulumi.Input<string>;
  readonly ownerPassword: SecretValue;
}

const ENGINE = "postgres";
/** Seconds between two samples of enhanced monitoring. */
const MONITORING_INTERVAL_SECONDS = 60;
/** Storage may grow by itself to this many times its first size. */
const STORAGE_GROWTH = 4;

/**
 * One shard: a PostgreSQL primary (standby in a second zone when `multiAz`) and its read replicas.
 * A replica is a resource of its own, so adding one touches nothing else. Replacing the primary
 * loses its data; `protect` refuses that.
 */
export class PostgresShard extends pulumi.ComponentResource {
  readonly name: string;
  readonly primary: pulumi.Output<HostPort>;
  readonly primaryArn: pulumi.Output<string>;
  readonly replicas: pulumi.Output<HostPort[]>;
  /** The same one by one: how many there are is known before they are. */
  readonly replicaList: readonly pulumi.Output<HostPort>[];

  constructor(name: string, args: PostgresShardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:data:PostgresShard", name, {}, opts);
    this.name = name;
    const parameters = this.#parameters(name);
    const primary = this.#primary(name, args, parameters);
    const replicas = Array.from({ length: args.replicas }, (_, index) =>
      this.#replica(name, args, parameters, primary, index),
    );
    this.primary = endpointOf(primary);
    this.primaryArn = primary.arn;
    const endpoints = replicas.map(endpointOf);
    this.replicaList = endpoints;
    this.replicas = pulumi.all(endpoints);
    this.registerOutputs({ primary: this.primary, replicas: this.replicas });
  }

  #parameters(name: string): aws.rds.ParameterGroup {
    const parameters = [
      // Equal to the default since PostgreSQL 15. RDS then keeps its own entry, whose method this is: `immediate`
      // would differ for ever (github.com/hashicorp/terraform-provider-aws/issues/39252).
      { name: "rds.force_ssl", value: "1", applyMethod: "pending-reboot" },
      // Statements carry personal data: none is logged, nor their parameters.
      { name: "log_statement", value: "none" },
      { name: "log_min_duration_statement", value: "-1" },
      // Else a failed statement is logged with its text.
      { name: "log_min_error_statement", value: "panic" },
      { name: "log_parameter_max_length", value: "0" },
      { name: "log_parameter_max_length_on_error", value: "0" },
      { name: "idle_in_transaction_session_timeout", value: "10000" },
    ];
    return new aws.rds.ParameterGroup(
      name,
      { family: POSTGRES_FAMILY, parameters },
      { parent: this },
    );
  }

  #primary(
    name: string,
    args: PostgresShardArgs,
    parameters: aws.rds.ParameterGroup,
  ): aws.rds.Instance {
    return new aws.rds.Instance(
      name,
      {
        ...common(args, parameters),
        identifier: physicalName(args.region, name),
        engine: ENGINE,
        engineVersion: POSTGRES_VERSION,
        allocatedStorage: args.storageGb,
        kmsKeyId: args.kmsKeyArn,
        multiAz: args.multiAz,
        dbName: DATABASE_NAME,
        username: DATABASE_OWNER,
        // A managed master password forbids replicas; a write-only argument stays out of AWS's reads.
        passwordWo: args.ownerPassword.value,
        passwordWoVersion: args.ownerPassword.version,
        dbSubnetGroupName: args.subnetGroupName,
        backupRetentionPeriod: args.backupRetentionDays,
        deletionProtection: args.protect,
        ...this.#finalSnapshot(name, args),
      },
      { parent: this, protect: args.protect },
    );
  }

  /** Snapshot names are taken for ever, so each life of a shard has a suffix of its own. */
  #finalSnapshot(
    name: string,
    args: PostgresShardArgs,
  ): Pick<aws.rds.InstanceArgs, "skipFinalSnapshot" | "finalSnapshotIdentifier"> {
    if (!args.finalSnapshots) return { skipFinalSnapshot: true };
    const suffix = new random.RandomId(
      `${name}-final-snapshot`,
      { byteLength: 4 },
      { parent: this },
    );
    return {
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: pulumi.interpolate`${physicalName(args.region, name)}-final-${suffix.hex}`,
    };
  }

  #replica(
    name: string,
    args: PostgresShardArgs,
    parameters: aws.rds.ParameterGroup,
    primary: aws.rds.Instance,
    index: number,
  ): aws.rds.Instance {
    return new aws.rds.Instance(
      `${name}-replica-${index}`,
      {
        ...common(args, parameters),
        identifier: physicalName(args.region, `${name}-r${index}`),
        replicateSourceDb: primary.identifier,
        // A replica is made again in minutes; a final snapshot of it fails the destroy.
        skipFinalSnapshot: true,
        backupRetentionPeriod: 0,
      },
      { parent: this },
    );
  }
}

function common(args: PostgresShardArgs, parameters: aws.rds.ParameterGroup) {
  return {
    instanceClass: args.instanceClass,
    storageType: "gp3",
    // Replicas too: one that cannot grow with its primary stops replaying.
    maxAllocatedStorage: args.storageGb * STORAGE_GROWTH,
    storageEncrypted: true,
    publiclyAccessible: false,
    vpcSecurityGroupIds: [args.securityGroupId],
    parameterGroupName: parameters.name,
    caCertIdentifier: RDS_CA,
    autoMinorVersionUpgrade: true,
    monitoringInterval: MONITORING_INTERVAL_SECONDS,
    monitoringRoleArn: args.monitoringRoleArn,
    // Advanced, RDS's default, costs 0.0125 USD per vCPU and hour.
    databaseInsightsMode: "standard",
    copyTagsToSnapshot: true,
    applyImmediately: false,
    tags: dataClass("personal"),
  };
}

const endpointOf = (instance: aws.rds.Instance): pulumi.Output<HostPort> =>
  pulumi.all([instance.address, instance.port]).apply(([host, port]) => ({ host, port }));
