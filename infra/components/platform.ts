import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { MAINTENANCE, SERVICES } from "../../services/contract/index.ts";
import type { StackConfig } from "../config.ts";
import type { Artifacts } from "../lib/bundle.ts";
import { quotasOf } from "../lib/quotas.ts";
import { regionConfigOf, vpnSettings } from "../lib/region-config.ts";
import { tierCidrs } from "../lib/subnets.ts";
import type { Cache } from "./cache.ts";
import type { Cluster } from "./cluster.ts";
import { ClusterAddons } from "./cluster-addons.ts";
import type { Database } from "./database.ts";
import { Maintenance } from "./maintenance.ts";
import { Namespaces } from "./namespaces.ts";
import type { NodeGroups } from "./node-groups.ts";
import { Operations, prometheusReplicas } from "./operations.ts";
import { PriorityClasses } from "./priority-classes.ts";
import { RegionMap } from "./region-map.ts";
import type { Secrets } from "./secrets.ts";
import { HttpService, SERVICE_GROWTH } from "./service.ts";
import { TokenReview } from "./token-review.ts";
import { VpnServers } from "./vpn-servers.ts";
import type { FlowBlocks } from "./workload-policies.ts";

export interface PlatformArgs {
  readonly config: StackConfig;
  readonly artifacts: Artifacts;
  readonly cluster: Cluster;
  readonly nodes: NodeGroups;
  readonly database: Database;
  readonly cache: Cache;
  readonly secrets: Secrets;
  /** VPN servers at the start; the number is the controller's from then on. */
  readonly vpnServers: number;
}

/** Names that every workload's arguments take. */
interface Place {
  readonly namespace: pulumi.Input<string>;
  readonly regionMapName: pulumi.Input<string>;
  readonly priorities: PriorityClasses["names"];
  readonly blocks: FlowBlocks;
}

/**
 * Everything that runs on the region's cluster: services, VPN servers, and what operates them. It
 * holds no data of its own; destroying it ends the service and every tunnel.
 */
export class Platform extends pulumi.ComponentResource {
  constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:Platform", name, {}, opts);
    const { config, artifacts, cluster, nodes, database, cache, secrets } = args;
    const { region } = config;
    const options = { parent: this, providers: { kubernetes: this.#provider(args) } };
    const namespaces = new Namespaces("namespaces", { bounds: boundsOf(args) }, options);
    const priorities = new PriorityClasses("priorities", options).names;
    const namespace = namespaces.platform.metadata.name;
    const regionMap = new RegionMap(
      "region",
      { namespace, config: regionConfigOutput(args) },
      options,
    );
    const blocks = {
      nodes: tierCidrs(region, "private"),
      endpoints: tierCidrs(region, "endpoint"),
      data: tierCidrs(region, "data"),
    };
    const place = { namespace, regionMapName: regionMap.configMapName, priorities, blocks };
    servicesOf(args, place, options);
    new TokenReview("token-review", { namespace, serviceAccountName: "selector" }, options);
    new VpnServers(
      "vpn-servers",
      {
        artifacts,
        namespace: namespaces.vpn.metadata.name,
        initialCount: args.vpnServers,
        vpn: vpnSettings(args.config.peersPerServer),
        dnsUpstreams: config.dnsUpstreams,
        awsRegion: config.region.awsRegion,
        priorityClassName: priorities.vpn,
      },
      options,
    );
    new Operations(
      "operations",
      { config, cluster, nodes, database, cache, secrets, namespaces, priorities, blocks },
      options,
    );
    this.registerOutputs({});
  }

  #provider({ config, cluster, nodes }: PlatformArgs): kubernetes.Provider {
    const addons = new ClusterAddons(
      "addons",
      { config, cluster, nodes: nodes.system },
      { parent: this },
    );
    return new kubernetes.Provider(
      "kubernetes",
      {
        kubeconfig: cluster.kubeconfig,
        clusterIdentifier: cluster.name,
        enableServerSideApply: true,
      },
      // Destroyed before them, in the reverse order: pods leave while there is still an API server.
      {
        parent: this,
        dependsOn: [...cluster.access, ...addons.all, ...nodes.system, ...nodes.endpoints],
      },
    );
  }
}

const boundsOf = ({ config, vpnServers }: PlatformArgs) =>
  quotasOf({
    maxServicePods: config.serviceReplicas * SERVICE_GROWTH,
    vpnServers,
    prometheusReplicas: prometheusReplicas(config),
    shards: config.shards,
    instancesPerShard: config.replicasPerShard + 1,
    zones: config.region.zones.length,
  });

/** auth and selector, and the nightly purge of what auth no longer needs. */
function servicesOf(
  { config, artifacts, secrets }: PlatformArgs,
  { namespace, regionMapName, priorities, blocks }: Place,
  options: pulumi.ComponentResourceOptions,
): void {
  const priorityClassName = priorities.platform;
  for (const manifest of SERVICES) {
    const init =
      manifest.initEntry === undefined ? {} : { initSecretFiles: secrets.migrationFiles() };
    new HttpService(
      manifest.name,
      {
        manifest,
        artifacts,
        namespace,
        regionMapName,
        secretFiles: secrets.serviceFiles(manifest.databaseRole),
        secretsVersion: secrets.version,
        blocks,
        replicas: config.serviceReplicas,
        priorityClassName,
        ...init,
      },
      options,
    );
  }
  new Maintenance(
    "maintenance",
    {
      artifacts,
      namespace,
      priorityClassName,
      regionMapName,
      secretFiles: secrets.roleFiles(MAINTENANCE.databaseRole),
      data: blocks.data,
    },
    options,
  );
}

/** The file from which every service knows its region, once databases and cache have addresses. */
function regionConfigOutput({ config, database, cache }: PlatformArgs) {
  const shards = pulumi.all(
    database.shards.map((shard) =>
      pulumi
        .all([shard.primary, shard.replicas])
        .apply(([primary, replicas]) => ({ name: shard.name, primary, replicas })),
    ),
  );
  const cacheAt = pulumi
    .all([cache.host, cache.port])
    .apply(([host, port]) => ({ host, port, user: cache.user }));
  return pulumi
    .all([shards, cacheAt])
    .apply(([known, at]) => regionConfigOf(config, { shards: known, cache: at }));
}
