import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config.ts";
import { CACHE_MONITOR, type Cache } from "./cache.ts";
import type { Cluster } from "./cluster.ts";
import { ClusterAutoscaler } from "./cluster-autoscaler.ts";
import type { Database } from "./database.ts";
import { Monitoring } from "./monitoring.ts";
import type { Namespaces } from "./namespaces.ts";
import type { NodeGroups } from "./node-groups.ts";
import type { PriorityClasses } from "./priority-classes.ts";
import type { Secrets } from "./secrets.ts";
import { StorageClass } from "./storage-class.ts";
import type { FlowBlocks } from "./workload-policies.ts";

export interface OperationsArgs {
  readonly config: StackConfig;
  readonly cluster: Cluster;
  readonly nodes: NodeGroups;
  readonly database: Database;
  readonly cache: Cache;
  readonly secrets: Secrets;
  readonly namespaces: Namespaces;
  readonly priorities: PriorityClasses["names"];
  readonly blocks: FlowBlocks;
}

/** A second Prometheus, which scrapes everything by itself, where other parts have a second zone too. */
export const prometheusReplicas = ({ multiAz }: StackConfig): number => (multiAz ? 2 : 1);

/** What runs in the cluster beside the services: room for them, and eyes on them. */
export class Operations extends pulumi.ComponentResource {
  constructor(name: string, args: OperationsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:Operations", name, {}, opts);
    const { config, nodes, namespaces, priorities } = args;
    const parent = { parent: this };
    new ClusterAutoscaler(
      "cluster-autoscaler",
      {
        namespace: namespaces.system.metadata.name,
        priorityClassName: priorities.system,
        awsRegion: config.region.awsRegion,
        groups: [...nodes.byName.values()],
        replicas: config.region.zones.length,
      },
      parent,
    );
    const storage = new StorageClass("storage", parent);
    this.#monitoring(args, storage.className);
    this.registerOutputs({});
  }

  #monitoring(args: OperationsArgs, storageClassName: pulumi.Input<string>): void {
    const { config, cluster, database, cache, secrets, namespaces, priorities, blocks } = args;
    new Monitoring(
      "monitoring",
      {
        namespace: namespaces.monitoring.metadata.name,
        priorityClassName: priorities.monitoring,
        region: config.region.name,
        awsRegion: config.region.awsRegion,
        apiServer: cluster.endpoint,
        storageClassName,
        prometheusReplicas: prometheusReplicas(config),
        shards: database.shards.map((shard) => ({
          name: shard.name,
          primary: shard.primary,
          replicas: shard.replicaList,
          password: secrets.role(shard.name, "monitor").value,
        })),
        cache: {
          host: cache.host,
          port: cache.port,
          user: CACHE_MONITOR,
          password: secrets.cacheMonitorPassword.value,
        },
        blocks,
        secretsVersion: secrets.version,
      },
      { parent: this },
    );
  }
}
