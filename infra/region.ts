import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AGENT, SERVICES } from "../services/contract/index.ts";
import { Cache } from "./components/cache.ts";
import { Cdn } from "./components/cdn.ts";
import { Cluster } from "./components/cluster.ts";
import { Database } from "./components/database.ts";
import { Entry } from "./components/entry.ts";
import { Firewall } from "./components/firewall.ts";
import { Namespaces } from "./components/namespaces.ts";
import { Network } from "./components/network.ts";
import { NodeGroups } from "./components/node-groups.ts";
import { PriorityClasses } from "./components/priority-classes.ts";
import { RegionMap } from "./components/region-map.ts";
import { Secrets } from "./components/secrets.ts";
import { HttpService, SERVICE_GROWTH } from "./components/service.ts";
import { TokenReview } from "./components/token-review.ts";
import { VpnServers } from "./components/vpn-servers.ts";
import type { StackConfig } from "./config.ts";
import { repositoryArtifacts, type Artifacts } from "./lib/bundle.ts";
import { physicalName } from "./lib/names.ts";
import { quotasOf } from "./lib/quotas.ts";
import { cdnHostNameOf, hostNameOf, regionConfigOf, shardNames, vpnSettings } from "./lib/region-config.ts";
import { vpnServerCount } from "./lib/sizing.ts";
import { tierCidrs } from "./lib/subnets.ts";

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
    super("securevpn:region:Region", name, {}, opts);
    const { config, artifacts = repositoryArtifacts } = args;
    const parent = { parent: this };
    const region = config.region.name;
    const shards = shardNames(config.shards);
    this.vpnServers = vpnServerCount(config.region.zones, config.endpointNodesPerZone);

    const network = new Network("network", { region: config.region }, parent);
    const firewall = new Firewall(
      "firewall",
      {
        vpcId: network.vpcId,
        udpPort: AGENT.udpPort,
        nodePorts: SERVICES.map(({ nodePort }) => nodePort),
      },
      parent,
    );
    const secrets = new Secrets(
      "secrets",
      { alias: physicalName(region, "secrets"), shards, protect: config.protect },
      parent,
    );
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
    const nodes = new NodeGroups(
      "nodes",
      { config, cluster: this.cluster, network, firewall },
      parent,
    );
    this.entry = this.#entry(config, network, firewall, nodes);
    this.cdn = new Cdn(
      "cdn",
      {
        hostName: cdnHostNameOf(region, config.zoneName),
        originHostName: hostNameOf(region, config.zoneName),
        hostedZoneId: config.hostedZoneId,
      },
      // The origin's name leads somewhere before it is asked.
      { parent: this, dependsOn: [this.entry] },
    );
    this.#workloads(config, artifacts, secrets, nodes);
    this.registerOutputs({});
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
      },
      { parent: this },
    );
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

  #workloads(config: StackConfig, artifacts: Artifacts, secrets: Secrets, nodes: NodeGroups): void {
    // CoreDNS needs nodes to run on; the vpc-cni add-on must be there before them.
    const addons = ["coredns", "metrics-server"].map((addon) =>
      this.cluster.addon(`cluster-${addon}`, addon, {}, [nodes.system]),
    );
    const provider = new kubernetes.Provider(
      "kubernetes",
      {
        kubeconfig: this.cluster.kubeconfig,
        clusterIdentifier: this.cluster.name,
        enableServerSideApply: true,
      },
      // Destroyed before them, in the reverse order: pods leave while there is still an API server.
      {
        parent: this,
        dependsOn: [...this.cluster.access, ...addons, nodes.system, ...nodes.endpoints],
      },
    );
    const options = { parent: this, providers: { kubernetes: provider } };
    const bounds = quotasOf({
      maxServicePods: config.serviceReplicas * SERVICE_GROWTH,
      vpnServers: this.vpnServers,
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
