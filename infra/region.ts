import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AGENT, MAINTENANCE, SERVICES } from "../services/contract/index.ts";
import { AutoscalerAccess } from "./components/autoscaler-access.ts";
import { Cache } from "./components/cache.ts";
import { Cdn } from "./components/cdn.ts";
import { Cluster } from "./components/cluster.ts";
import { ClusterAddons } from "./components/cluster-addons.ts";
import { Database } from "./components/database.ts";
import { Entry } from "./components/entry.ts";
import { Firewall } from "./components/firewall.ts";
import { Maintenance } from "./components/maintenance.ts";
import { Namespaces } from "./components/namespaces.ts";
import { Network } from "./components/network.ts";
import { NodeGroups } from "./components/node-groups.ts";
import { Operations, prometheusReplicas } from "./components/operations.ts";
import { PriorityClasses } from "./components/priority-classes.ts";
import { RegionMap } from "./components/region-map.ts";
import { Secrets } from "./components/secrets.ts";
import { HttpService, SERVICE_GROWTH } from "./components/service.ts";
import { SharedName } from "./components/shared-name.ts";
import { TokenReview } from "./components/token-review.ts";
import { VpnServers } from "./components/vpn-servers.ts";
import type { StackConfig } from "./config.ts";
import { repositoryArtifacts, type Artifacts } from "./lib/bundle.ts";
import { accountOf } from "./lib/iam.ts";
import { physicalName } from "./lib/names.ts";
import { quotasOf } from "./lib/quotas.ts";
import {
  cdnHostNameOf,
  hostNameOf,
  regionConfigOf,
  sharedHostNameOf,
  shardNames,
  vpnSettings,
} from "./lib/region-config.ts";
import { factsOf } from "./lib/region-facts.ts";
import { vpnServerCount } from "./lib/sizing.ts";
import { tierCidrs } from "./lib/subnets.ts";
import { isHome } from "./regions.ts";

export interface RegionArgs {
  readonly config: StackConfig;
  /** Bundles and files of the services. @default the repository's */
  readonly artifacts?: Artifacts;
}

/** A whole region: the one component that `index.ts` makes. */
export class RegionStack extends pulumi.ComponentResource {
  readonly entry: Entry;
  readonly cdn: Cdn;
  readonly cluster: Cluster;
  readonly database: Database;
  readonly cache: Cache;
  readonly vpnServers: number;

  constructor(name: string, args: RegionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:region:Region", name, { facts: factsOf(args.config) }, opts);
    const { config, artifacts = repositoryArtifacts } = args;
    const parent = { parent: this };
    const shards = shardNames(config.shards);
    this.vpnServers = vpnServerCount(config.region.zones, config.endpointNodesPerZone);

    const network = new Network(
      "network",
      { region: config.region, accountId: accountOf(config.deployerRoleArn) },
      parent,
    );
    const firewall = new Firewall(
      "firewall",
      {
        vpcId: network.vpcId,
        udpPort: AGENT.udpPort,
        nodePorts: SERVICES.map(({ nodePort }) => nodePort),
      },
      parent,
    );
    const secrets = this.#secrets(config, shards);
    this.database = new Database(
      "database",
      {
        config,
        shards,
        subnetIds: network.dataSubnetIds,
        securityGroupId: firewall.database.id,
        secrets,
      },
      parent,
    );
    this.cache = this.#cache(config, network, firewall, secrets);
    this.cluster = new Cluster(
      "cluster",
      { config, subnetIds: network.privateSubnetIds, securityGroupId: firewall.cluster.id },
      parent,
    );
    const nodes = this.#nodes(config, network, firewall);
    this.entry = this.#entry(config, network, firewall, nodes);
    const { cdn } = this.#outward(config);
    this.cdn = cdn;
    this.#workloads(config, artifacts, secrets, nodes);
    this.registerOutputs({});
  }

  #secrets({ region, protect, secretsVersion }: StackConfig, shards: readonly string[]): Secrets {
    return new Secrets(
      "secrets",
      { alias: physicalName(region.name, "secrets"), shards, protect, version: secretsVersion },
      { parent: this },
    );
  }

  #cache(config: StackConfig, network: Network, firewall: Firewall, secrets: Secrets): Cache {
    return new Cache(
      "cache",
      {
        region: config.region.name,
        nodeType: config.cacheNodeType,
        replicas: config.cacheReplicas,
        multiAz: config.multiAz,
        protect: config.protect,
        subnetIds: network.dataSubnetIds,
        securityGroupId: firewall.cache.id,
        kmsKeyArn: secrets.kmsKeyArn,
        password: secrets.cachePassword.value,
        monitorPassword: secrets.cacheMonitorPassword.value,
      },
      { parent: this },
    );
  }

  #nodes(config: StackConfig, network: Network, firewall: Firewall): NodeGroups {
    const parent = { parent: this };
    const { cluster } = this;
    const nodes = new NodeGroups("nodes", { config, cluster, network, firewall }, parent);
    new AutoscalerAccess("autoscaler", { config, clusterName: cluster.name, nodes }, parent);
    return nodes;
  }

  #entry(config: StackConfig, network: Network, firewall: Firewall, nodes: NodeGroups): Entry {
    return new Entry(
      "entry",
      {
        region: config.region.name,
        hostName: hostNameOf(config.region.name, config.zoneName),
        hostedZoneId: config.hostedZoneId,
        vpcId: network.vpcId,
        subnetIds: network.publicSubnetIds,
        securityGroupId: firewall.entry.id,
        systemNodes: nodes.system,
        protect: config.protect,
      },
      { parent: this },
    );
  }

  /** Names that lead clients here beside the region's own. */
  #outward(config: StackConfig) {
    const { region, zoneName, hostedZoneId } = config;
    // The origin's name leads somewhere before it is asked.
    const options = { parent: this, dependsOn: [this.entry] };
    const cdn = new Cdn(
      "cdn",
      {
        hostName: cdnHostNameOf(region.name, zoneName),
        originHostName: hostNameOf(region.name, zoneName),
        hostedZoneId,
      },
      options,
    );
    const sharedName = new SharedName(
      "shared-name",
      {
        region,
        hostName: sharedHostNameOf(zoneName),
        hostedZoneId,
        entry: this.entry,
        isHome: isHome(region),
      },
      options,
    );
    return { cdn, sharedName };
  }

  #kubernetes(config: StackConfig, nodes: NodeGroups): kubernetes.Provider {
    const addons = new ClusterAddons(
      "addons",
      { config, cluster: this.cluster, nodes: nodes.system },
      { parent: this },
    );
    return new kubernetes.Provider(
      "kubernetes",
      {
        kubeconfig: this.cluster.kubeconfig,
        clusterIdentifier: this.cluster.name,
        enableServerSideApply: true,
      },
      // Destroyed before them, in the reverse order: pods leave while there is still an API server.
      {
        parent: this,
        dependsOn: [...this.cluster.access, ...addons.all, nodes.system, ...nodes.endpoints],
      },
    );
  }

  #workloads(config: StackConfig, artifacts: Artifacts, secrets: Secrets, nodes: NodeGroups): void {
    const provider = this.#kubernetes(config, nodes);
    const options = { parent: this, providers: { kubernetes: provider } };
    const bounds = quotasOf({
      maxServicePods: config.serviceReplicas * SERVICE_GROWTH,
      vpnServers: this.vpnServers,
      prometheusReplicas: prometheusReplicas(config),
      shards: config.shards,
      instancesPerShard: config.replicasPerShard + 1,
      zones: config.region.zones.length,
    });
    const namespaces = new Namespaces("namespaces", { bounds }, options);
    const priorities = new PriorityClasses("priorities", options).names;
    const regionMap = new RegionMap(
      "region",
      { namespace: namespaces.platform.metadata.name, config: this.#regionConfig(config) },
      options,
    );
    const namespace = namespaces.platform.metadata.name;
    const { region } = config;
    const blocks = {
      nodes: tierCidrs(region, "private"),
      endpoints: tierCidrs(region, "endpoint"),
      data: tierCidrs(region, "data"),
    };
    for (const manifest of SERVICES) {
      const init =
        manifest.initEntry === undefined ? {} : { initSecretFiles: secrets.migrationFiles() };
      const secretFiles = secrets.serviceFiles(manifest.databaseRole);
      new HttpService(
        manifest.name,
        {
          manifest,
          artifacts,
          namespace,
          regionMapName: regionMap.configMapName,
          secretFiles,
          secretsVersion: secrets.version,
          blocks,
          replicas: config.serviceReplicas,
          priorityClassName: priorities.platform,
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
        priorityClassName: priorities.platform,
        regionMapName: regionMap.configMapName,
        secretFiles: secrets.roleFiles(MAINTENANCE.databaseRole),
        data: blocks.data,
      },
      options,
    );
    new TokenReview("token-review", { namespace, serviceAccountName: "selector" }, options);
    new VpnServers(
      "vpn-servers",
      {
        artifacts,
        namespace: namespaces.vpn.metadata.name,
        initialCount: this.vpnServers,
        vpn: vpnSettings(),
        priorityClassName: priorities.vpn,
      },
      options,
    );
    const { cluster, database, cache } = this;
    new Operations(
      "operations",
      { config, cluster, database, cache, secrets, namespaces, priorities, blocks },
      options,
    );
  }

  #regionConfig(config: StackConfig) {
    const shards = pulumi.all(
      this.database.shards.map((shard) =>
        pulumi
          .all([shard.primary, shard.replicas])
          .apply(([primary, replicas]) => ({ name: shard.name, primary, replicas })),
      ),
    );
    const cache = pulumi
      .all([this.cache.host, this.cache.port])
      .apply(([host, port]) => ({ host, port, user: this.cache.user }));
    return pulumi
      .all([shards, cache])
      .apply(([known, cacheAt]) => regionConfigOf(config, { shards: known, cache: cacheAt }));
  }
}
