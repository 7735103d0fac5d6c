import * as pulumi from "@pulumi/pulumi";
import type { Placement } from "../lib/stateful-pod.ts";
import { Alertmanager } from "./alertmanager.ts";
import { Grafana } from "./grafana.ts";
import { PostgresExporters, type WatchedShard } from "./postgres-exporters.ts";
import { Prometheus } from "./prometheus.ts";
import { RedisExporter, type RedisExporterArgs } from "./redis-exporter.ts";
import type { FlowBlocks } from "./workload-policies.ts";

export interface MonitoringArgs extends Placement {
  readonly region: string;
  readonly awsRegion: string;
  /** Base URL of the cluster's API server. */
  readonly apiServer: pulumi.Input<string>;
  readonly storageClassName: pulumi.Input<string>;
  readonly prometheusReplicas: number;
  readonly shards: readonly WatchedShard[];
  readonly cache: Pick<RedisExporterArgs, "host" | "port" | "user" | "password">;
  readonly blocks: FlowBlocks;
  readonly secretsVersion: number;
}

/** What watches a region. Nothing of it can be reached from outside the cluster. */
export class Monitoring extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:monitoring:Monitoring", name, {}, opts);
    const { blocks, cache, secretsVersion } = args;
    const placement: Placement = {
      namespace: args.namespace,
      priorityClassName: args.priorityClassName,
    };
    const parent = { parent: this };
    new Prometheus(
      "prometheus",
      {
        ...placement,
        region: args.region,
        apiServer: args.apiServer,
        storageClassName: args.storageClassName,
        replicas: args.prometheusReplicas,
        blocks,
      },
      parent,
    );
    new Alertmanager("alertmanager", placement, parent);
    new Grafana("grafana", { ...placement, storageClassName: args.storageClassName }, parent);
    new PostgresExporters(
      "postgres-exporters",
      {
        ...placement,
        awsRegion: args.awsRegion,
        shards: args.shards,
        data: blocks.data,
        secretsVersion,
      },
      parent,
    );
    new RedisExporter(
      "redis-exporter",
      { ...placement, ...cache, data: blocks.data, secretsVersion },
      parent,
    );
    this.registerOutputs({});
  }
}
