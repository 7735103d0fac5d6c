import * as pulumi from "@pulumi/pulumi";
import { AGENT, SERVICES } from "../services/contract/index.ts";
import { Alarms } from "./components/alarms.ts";
import { AutoscalerAccess } from "./components/autoscaler-access.ts";
import { Budgets } from "./components/budgets.ts";
import { Cache } from "./components/cache.ts";
import { Cdn } from "./components/cdn.ts";
import { Cluster } from "./components/cluster.ts";
import { DataBucket } from "./components/data-bucket.ts";
import { Database } from "./components/database.ts";
import { Entry } from "./components/entry.ts";
import { Firewall } from "./components/firewall.ts";
import { Network } from "./components/network.ts";
import { NodeGroups } from "./components/node-groups.ts";
import { Platform } from "./components/platform.ts";
import { Secrets } from "./components/secrets.ts";
import { SharedName } from "./components/shared-name.ts";
import type { StackConfig } from "./config.ts";
import { repositoryArtifacts, type Artifacts } from "./lib/bundle.ts";
import { accountOf } from "./lib/iam.ts";
import { physicalName } from "./lib/names.ts";
import { cdnHostNameOf, hostNameOf, sharedHostNameOf, shardNames } from "./lib/region-config.ts";
import { factsOf } from "./lib/region-facts.ts";
import { vpnServerCount } from "./lib/sizing.ts";
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
      {
        region: config.region,
        accountId: accountOf(config.deployerRoleArn),
        natPerZone: config.multiAz,
      },
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
    this.cdn = this.#outward(config, network);
    new DataBucket("data", { config, clusterName: this.cluster.name }, parent);
    const { cluster, database, cache, vpnServers } = this;
    new Platform(
      "platform",
      { config, artifacts, cluster, nodes, database, cache, secrets, vpnServers },
      parent,
    );
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
        way: network.publicWay,
        securityGroupId: firewall.entry.id,
        systemNodes: nodes.system,
        protect: config.protect,
      },
      { parent: this },
    );
  }

  /** Names that lead clients here beside the region's own, and who is told when something is wrong. */
  #outward(config: StackConfig, { natGatewayIds }: Network): Cdn {
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
    const { entry } = this;
    const watched = { config, entry, cdn, sharedName, natGatewayIds };
    const alarms = new Alarms("alarms", watched, { parent: this });
    new Budgets("budgets", { config, topicArn: alarms.topicArn }, { parent: this });
    return cdn;
  }
}
