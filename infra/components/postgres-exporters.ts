import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DATABASE_NAME, FILES, roleName, type HostPort } from "../../services/contract/index.ts";
import { blocksOf, DNS, networkPolicy, podsOf } from "../lib/flows.ts";
import { hashedConfigMap } from "../lib/hashed-config-map.ts";
import { opaqueSecret, secretVolume } from "../lib/pod.ts";
import { rdsRoots } from "../lib/rds-roots.ts";
import { serviceAccount, statefulPod, type Placement } from "../lib/stateful-pod.ts";
import { METRICS_PORT, SHARD_LABEL } from "../monitoring/prometheus-config.ts";
import { IMAGES } from "../versions.ts";

/** A shard as the exporter sees it. */
export interface WatchedShard {
  readonly name: string;
  readonly primary: pulumi.Input<HostPort>;
  readonly replicas: readonly pulumi.Input<HostPort>[];
  /** Password of the role `monitor`. */
  readonly password: pulumi.Input<string>;
}

export interface PostgresExportersArgs extends Placement {
  readonly awsRegion: string;
  readonly shards: readonly WatchedShard[];
  /** Blocks of the data subnets. */
  readonly data: readonly string[];
  readonly secretsVersion: number;
}

const NAME = "postgres-exporter";
const FIRST_PORT = 9187;
const ROOTS_DIRECTORY = "/etc/securevpn/rds";
const ROOTS_FILE = "roots.pem";
const PASSWORD_FILE = "monitor-password";
const RESOURCES = { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "96Mi" } };

/**
 * One exporter pod a shard, one container an instance. Each keeps one connection of a role that may
 * read statistics and no row of ours.
 */
export class PostgresExporters extends pulumi.ComponentResource {
  constructor(name: string, args: PostgresExportersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:monitoring:PostgresExporters", name, {}, opts);
    const account = serviceAccount(this, NAME, args.namespace);
    const roots = hashedConfigMap(this, `${name}-roots`, args.namespace, {
      [ROOTS_FILE]: rdsRoots(args.awsRegion),
    });
    for (const shard of args.shards) this.#exporter(shard, args, account, roots);
    const instances = Math.max(1, ...args.shards.map(({ replicas }) => replicas.length + 1));
    networkPolicy(this, NAME, args.namespace, {
      ingress: [
        {
          from: [podsOf("prometheus")],
          ports: [{ port: FIRST_PORT, endPort: FIRST_PORT + instances - 1, protocol: "TCP" }],
        },
      ],
      egress: [DNS, { to: blocksOf(args.data), ports: [{ port: 5432 }] }],
    });
    this.registerOutputs({});
  }

  #exporter(
    shard: WatchedShard,
    args: PostgresExportersArgs,
    account: kubernetes.core.v1.ServiceAccount,
    roots: kubernetes.core.v1.ConfigMap,
  ): void {
    const name = `${NAME}-${shard.name}`;
    const secret = opaqueSecret(this, name, args.namespace, { [PASSWORD_FILE]: shard.password });
    const instances = [shard.primary, ...shard.replicas];
    statefulPod(this, name, {
      ...args,
      account,
      app: NAME,
      component: "metrics",
      labels: { [SHARD_LABEL]: shard.name },
      secretsVersion: args.secretsVersion,
      containers: instances.map((instance, index) => container(instance, index)),
      volumes: [
        { name: "roots", configMap: { name: roots.metadata.name } },
        secretVolume("secrets", secret.metadata.name),
      ],
    });
  }
}

/** Host, port and database, with the server's name verified; user and password are apart from it. */
const uriOf = (instance: pulumi.Input<HostPort>): pulumi.Output<string> =>
  pulumi
    .output(instance)
    .apply(
      ({ host, port }) =>
        `${host}:${port}/${DATABASE_NAME}?sslmode=verify-full&sslrootcert=${ROOTS_DIRECTORY}/${ROOTS_FILE}`,
    );

function container(
  instance: pulumi.Input<HostPort>,
  index: number,
): kubernetes.types.input.core.v1.Container {
  const port = index === 0 ? METRICS_PORT : `${METRICS_PORT}-${index}`;
  return {
    name: index === 0 ? "primary" : `replica-${index - 1}`,
    image: IMAGES.postgresExporter,
    args: [`--web.listen-address=:${FIRST_PORT + index}`],
    env: [
      { name: "DATA_SOURCE_URI", value: uriOf(instance) },
      { name: "DATA_SOURCE_USER", value: roleName("monitor") },
      { name: "DATA_SOURCE_PASS_FILE", value: `${FILES.secretsDir}/${PASSWORD_FILE}` },
    ],
    ports: [{ name: port, containerPort: FIRST_PORT + index }],
    resources: RESOURCES,
    volumeMounts: [
      { name: "roots", mountPath: ROOTS_DIRECTORY, readOnly: true },
      { name: "secrets", mountPath: FILES.secretsDir, readOnly: true },
    ],
    // Its page asks no database; whether one answers is the metric pg_up.
    readinessProbe: { httpGet: { path: "/", port }, periodSeconds: 10, timeoutSeconds: 3 },
    livenessProbe: { tcpSocket: { port }, periodSeconds: 15, failureThreshold: 4 },
  };
}
