import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { physicalName } from "../lib/names.ts";
import { dataClass } from "../lib/tags.ts";
import { VALKEY_FAMILY, VALKEY_VERSION } from "../versions.ts";

export interface CacheArgs {
  readonly region: string;
  readonly nodeType: string;
  readonly replicas: number;
  readonly multiAz: boolean;
  readonly protect: boolean;
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly securityGroupId: pulumi.Input<string>;
  readonly kmsKeyArn: pulumi.Input<string>;
  readonly password: pulumi.Input<string>;
  readonly monitorPassword: pulumi.Input<string>;
}

/** The services' user of the cache. */
export const CACHE_USER = "securevpn";
/**
 * Data and scripts, and nothing that administers or empties the server. ElastiCache writes its own form of
 * an access string back: switch, keys, channels, `-@all`, then the rules in order (asked "off +get ~keys*", it
 * answers "off ~keys* -@all +get": ElastiCache user guide, RBAC). Another form differs at every preview; so
 * rules start from `-@all` and only add, and the monitor names its keys and channels instead of resetting them.
 */
const CACHE_ACCESS =
  "on ~* &* -@all +@read +@write +@connection +@transaction +@scripting +@pubsub -@dangerous -@admin +info +time";
/** The exporter's user: how the server is. None of its commands reads a key or a channel. */
export const CACHE_MONITOR = "monitor";
const MONITOR_ACCESS =
  "on ~none &* -@all +ping +info +client|setname +latency|latest +slowlog|len +slowlog|get";
const ENGINE = "valkey";

/**
 * Valkey replication group with TLS and an ACL user for the services. It holds only what can be lost and rebuilt:
 * limits, leases, registry. Replacing it costs seconds of availability and no security.
 */
export class Cache extends pulumi.ComponentResource {
  readonly host: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  readonly user = CACHE_USER;

  constructor(name: string, args: CacheArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:data:Cache", name, {}, opts);
    const subnetGroup = new aws.elasticache.SubnetGroup(
      name,
      { subnetIds: [...args.subnetIds] },
      { parent: this },
    );
    // Evicting a lease or a limit would be a wrong answer; a full cache refuses writes and alarms.
    const parameters = new aws.elasticache.ParameterGroup(
      name,
      { family: VALKEY_FAMILY, parameters: [{ name: "maxmemory-policy", value: "noeviction" }] },
      { parent: this },
    );
    const group = new aws.elasticache.ReplicationGroup(
      name,
      {
        replicationGroupId: physicalName(args.region, name),
        description: "Sessions, limits and leases of the region",
        engine: ENGINE,
        engineVersion: VALKEY_VERSION,
        nodeType: args.nodeType,
        numCacheClusters: args.replicas + 1,
        automaticFailoverEnabled: args.replicas > 0,
        multiAzEnabled: args.multiAz && args.replicas > 0,
        atRestEncryptionEnabled: true,
        transitEncryptionEnabled: true,
        kmsKeyId: args.kmsKeyArn,
        subnetGroupName: subnetGroup.name,
        securityGroupIds: [args.securityGroupId],
        parameterGroupName: parameters.name,
        userGroupIds: [this.#users(name, args).userGroupId],
        autoMinorVersionUpgrade: true,
        applyImmediately: false,
        tags: dataClass("personal"),
      },
      { parent: this, protect: args.protect },
    );
    this.host = group.primaryEndpointAddress;
    this.port = group.port.apply((port) => port ?? 6379);
    this.registerOutputs({ host: this.host, port: this.port });
  }

  #users(name: string, args: CacheArgs): aws.elasticache.UserGroup {
    const make = (
      logicalName: string,
      part: string,
      userName: string,
      accessString: string,
      password: pulumi.Input<string>,
    ): aws.elasticache.User =>
      new aws.elasticache.User(
        logicalName,
        {
          userId: physicalName(args.region, part),
          userName,
          engine: ENGINE,
          accessString,
          authenticationMode: { type: "password", passwords: [password] },
        },
        { parent: this },
      );
    const users = [
      make(name, "services", CACHE_USER, CACHE_ACCESS, args.password),
      make(`${name}-monitor`, "monitor", CACHE_MONITOR, MONITOR_ACCESS, args.monitorPassword),
    ];
    return new aws.elasticache.UserGroup(
      name,
      {
        userGroupId: physicalName(args.region, "users"),
        engine: ENGINE,
        userIds: users.map(({ userId }) => userId),
      },
      { parent: this },
    );
  }
}
