import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DATABASE_NAME, DATABASE_OWNER } from "../../services/contract/index.ts";
import { createKubernetesProvider } from "../kubernetes/provider.ts";
import { openUnderlay, type Underlay } from "../network/underlay.ts";
import { Balancer } from "../parts/balancer.ts";
import { CertificateAuthority } from "../parts/certificate-authority.ts";
import { PartAddresses } from "../parts/part-addresses.ts";
import { PostgresFleet } from "../parts/postgres.ts";
import { RedisFleet } from "../parts/redis.ts";
import { partBackends } from "../providers/aws/part-backends.ts";
import { AwsProvider } from "../providers/aws/provider.ts";
import type { Provider } from "../providers/provider.ts";
import { randomProvider } from "../providers/random/provider.ts";
import { serveProvider, type ServedProvider } from "../providers/rpc.ts";
import { resolveTools } from "../setup/tools.mjs";
import type { AddressPlan } from "./addresses.ts";
import type { CloudContext } from "./context.ts";
import { LocalCluster } from "./local-cluster.ts";
import { Parts } from "./parts.ts";
import { Zone } from "./zone.ts";

export interface CloudOptions {
  readonly stateDir: string;
  readonly addresses: AddressPlan;
  readonly say: (line: string) => void;
  /** Wraps a provider, so that a test can make a call fail. */
  readonly intercept?: (provider: Provider) => Provider;
}

/**
 * The embedded cloud: provider servers in front of real local parts, all in this process or children
 * of it. `serve` is enough for a preview; `revive` starts what an earlier run left.
 */
export class Cloud {
  readonly context: CloudContext;
  readonly underlay: Underlay;
  readonly aws: AwsProvider;
  readonly #providers: readonly Provider[];
  readonly #postgres: PostgresFleet;
  readonly #redis: RedisFleet;
  readonly #balancer: Balancer;
  readonly #cluster: LocalCluster;
  #served: { readonly name: string; readonly server: ServedProvider }[] = [];

  constructor(
    context: CloudContext,
    underlay: Underlay,
    intercept: (provider: Provider) => Provider,
  ) {
    this.context = context;
    this.underlay = underlay;
    const addresses = new PartAddresses(context);
    this.#postgres = new PostgresFleet(context, addresses);
    this.#redis = new RedisFleet(context, addresses);
    this.#cluster = new LocalCluster(context, underlay);
    this.#balancer = new Balancer(
      context,
      (nodePort) => this.#cluster.proxies?.readyBackendsOfNodePort(nodePort) ?? [],
    );
    this.aws = new AwsProvider(context.stateDir, {
      ...partBackends(this.#postgres, this.#redis, this.#balancer),
      cluster: this.#cluster.backend,
      nodeGroup: this.#cluster.nodeGroupBackend,
    });
    const kubernetes = createKubernetesProvider(context, () => this.#cluster.controlPlane);
    this.#providers = [this.aws, kubernetes, randomProvider()].map(intercept);
  }

  /** Where kubectl finds the cluster; the file is there while a cluster is. */
  get kubeconfigFile(): string {
    return join(this.context.stateDir, "parts", "kubernetes", "kubeconfig");
  }

  get cluster(): LocalCluster {
    return this.#cluster;
  }

  /** How psql connects to each database; the owner's password is in the cluster's secret of the migrations. */
  psqlCommands(): string[] {
    return this.#postgres.identifiers().map((identifier) => {
      const { ip, port } = this.#postgres.endpoint(identifier);
      return `psql "host=${ip} port=${port} user=${DATABASE_OWNER} dbname=${DATABASE_NAME} sslmode=verify-ca sslrootcert=${this.context.ca.file}"`;
    });
  }

  /** Starts the provider servers. */
  async serve(): Promise<void> {
    this.#served = await Promise.all(
      this.#providers.map(async (provider) => ({
        name: provider.name,
        server: await serveProvider(provider),
      })),
    );
  }

  /** Variables that attach the providers to an engine. */
  environment(): Record<string, string> {
    return {
      PULUMI_DEBUG_PROVIDERS: this.#served
        .map(({ name, server }) => `${name}:${server.port}`)
        .join(","),
    };
  }

  /** Brings back every part of an earlier run: data first, then the cluster and the entry. */
  async revive(): Promise<void> {
    await Promise.all([this.#postgres.revive(), this.#redis.revive()]);
    await this.aws.revive();
  }

  /**
   * Stops all in order: entry, pods and cluster, data, network; then the provider servers. A step
   * that fails does not keep the others from being stopped.
   */
  async stop(): Promise<void> {
    const steps: (() => Promise<unknown>)[] = [
      () => this.#balancer.stop(),
      () => this.#cluster.stop(),
      () => Promise.all([this.#postgres.stop(), this.#redis.stop()]),
      () => this.underlay.close(),
      () => Promise.all(this.#served.map(({ server }) => server.stop())),
    ];
    const failures: unknown[] = [];
    for (const step of steps) await step().catch((error: unknown) => failures.push(error));
    this.#served = [];
    if (failures.length > 0) throw failures[0];
  }
}

/** Opens a cloud on a state folder; nothing runs yet. `offline`: for a preview, without a network of its own. */
export async function openCloud(
  options: CloudOptions & { readonly offline?: boolean },
): Promise<Cloud> {
  const { stateDir, addresses, say } = options;
  mkdirSync(join(stateDir, "logs"), { recursive: true, mode: 0o700 });
  const tools = resolveTools();
  const context: CloudContext = {
    stateDir,
    addresses,
    zone: new Zone(join(stateDir, "zone.json")),
    parts: new Parts(),
    ca: await CertificateAuthority.open(join(stateDir, "pki")),
    tools,
    say,
  };
  const underlay = options.offline === true ? offlineUnderlay : await openUnderlay(context);
  return new Cloud(context, underlay, options.intercept ?? ((provider) => provider));
}

/** Stands in where no host is ever added. */
const offlineUnderlay: Underlay = {
  mode: "simulated",
  reason: "a preview needs no network",
  addHost: () => Promise.reject(new Error("a preview makes no host")),
  removeHost: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
