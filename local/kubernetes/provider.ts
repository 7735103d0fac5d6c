import { setTimeout as delay } from "node:timers/promises";
import type { CloudContext } from "../cloud/context.ts";
import { InitializationError } from "../providers/errors.ts";
import type {
  CallOptions,
  CheckFailure,
  DiffResult,
  Properties,
  Provider,
  ResourceRef,
} from "../providers/provider.ts";
import { changedKeys, hasUnknown, sameValue } from "../providers/values.ts";
import { hasStatus, KubernetesError } from "./client.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { JsonObject } from "./objects.ts";
import { refusedAsImmutable, replacingPaths, valueAt } from "./provider/immutable.ts";
import {
  addressOf,
  annotation,
  idOf,
  isAutonamed,
  partsOf,
  previewOutputs,
  refuseType,
  serverOf,
  waitMs,
  withLiveStringData,
  withName,
  withoutStringData,
} from "./provider/inputs.ts";
import { importedInputs, projectInputs } from "./provider/projection.ts";
import { readinessOf } from "./provider/readiness.ts";
import { Resources, UnknownKindError, type Address } from "./provider/resources.ts";
import { textOf, toJsonObject, toOutputs } from "./provider/wire.ts";

const POLL_MS = 150;
const SAY_AFTER_MS = 15_000;
const SKIP_AWAIT = "pulumi.com/skipAwait";

/** Finds the control plane that answers at a kubeconfig's server; undefined: none of this cloud does. */
export type FindControlPlane = (server: string) => ControlPlane | undefined;

/** The `kubernetes` package: server-side apply on the API server, and waiting for what it leads to. */
export function createKubernetesProvider(
  ctx: CloudContext,
  getControlPlane: FindControlPlane,
): Provider {
  return new KubernetesProvider(ctx, getControlPlane);
}

interface Cluster {
  readonly controlPlane: ControlPlane;
  readonly resources: Resources;
}

class KubernetesProvider implements Provider {
  readonly name = "kubernetes";
  readonly version = "4.34.2";
  readonly #ctx: CloudContext;
  readonly #find: FindControlPlane;
  readonly #resources = new WeakMap<ControlPlane, Resources>();

  constructor(ctx: CloudContext, find: FindControlPlane) {
    this.#ctx = ctx;
    this.#find = find;
  }

  async check(
    ref: ResourceRef,
    news: Properties,
    olds: Properties | undefined,
    configuration: Properties,
  ): Promise<{ inputs: Properties; failures: readonly CheckFailure[] }> {
    const refused = refuseType(ref.type);
    if (refused !== undefined) return { inputs: news, failures: [refused] };
    const inputs = withName(ref, news, olds, textOf(configuration["namespace"]));
    const cluster = this.#cluster(configuration);
    if (cluster === undefined || hasUnknown(inputs) || sameValue(olds, inputs))
      return { inputs, failures: [] };
    return {
      inputs,
      failures: await dryRunFailures(cluster.resources, addressOf(ref, inputs), inputs),
    };
  }

  async diff(
    ref: ResourceRef,
    _id: string,
    oldInputs: Properties,
    _oldOutputs: Properties,
    news: Properties,
    configuration: Properties,
  ): Promise<DiffResult> {
    const changes = changedKeys(oldInputs, news);
    if (changes.length === 0) return { changes: [], replaces: [] };
    const address = addressOf(ref, news);
    const replaces = new Set(replacingPaths(address.kind, oldInputs, news));
    const cluster = this.#cluster(configuration);
    if (replaces.size === 0 && cluster !== undefined && !hasUnknown(news)) {
      await cluster.resources.apply(address, toJsonObject(news), true).catch((error: unknown) => {
        for (const path of refusedAsImmutable(error)) replaces.add(path);
      });
    }
    const sameObject = ["metadata.name", "metadata.namespace"].every((path) =>
      sameValue(valueAt(oldInputs, path), valueAt(news, path)),
    );
    return {
      changes,
      replaces: [...replaces],
      deleteBeforeReplace: sameObject && !isAutonamed(news),
    };
  }

  async create(
    ref: ResourceRef,
    inputs: Properties,
    options: CallOptions,
  ): Promise<{ id: string; outputs: Properties }> {
    const address = addressOf(ref, inputs);
    const id = idOf(address);
    if (options.preview) return { id, outputs: previewOutputs(inputs) };
    return { id, outputs: await this.#apply(address, inputs, options) };
  }

  async update(
    ref: ResourceRef,
    _id: string,
    _oldInputs: Properties,
    oldOutputs: Properties,
    news: Properties,
    options: CallOptions,
  ): Promise<Properties> {
    if (options.preview) return { ...oldOutputs, ...previewOutputs(news) };
    return this.#apply(addressOf(ref, news), news, options);
  }

  async read(
    ref: ResourceRef,
    id: string,
    inputs: Properties,
    _outputs: Properties,
    options: CallOptions,
  ): Promise<{ id: string; inputs: Properties; outputs: Properties } | null> {
    const { resources } = this.#mustCluster(options.configuration);
    const address = { ...addressOf(ref, inputs), ...partsOf(id) };
    const live = await resources.get(address);
    if (live === undefined) return null;
    const outputs = toOutputs(inputs, live);
    if (Object.keys(inputs).length === 0) return { id, inputs: importedInputs(live), outputs };
    const wire = toJsonObject(inputs);
    const expected = await resources.apply(address, wire, true).catch(() => wire);
    return {
      id,
      inputs: withLiveStringData(
        projectInputs(withoutStringData(inputs), expected, live),
        inputs,
        live,
      ),
      outputs,
    };
  }

  async delete(
    ref: ResourceRef,
    id: string,
    inputs: Properties,
    _outputs: Properties,
    options: CallOptions,
  ): Promise<void> {
    const { resources } = this.#mustCluster(options.configuration);
    const address = { ...addressOf(ref, inputs), ...partsOf(id) };
    const before = await resources.get(address);
    if (before === undefined || !(await resources.delete(address))) return;
    const uid = valueAt(before, "metadata.uid");
    const deadline = Date.now() + waitMs(inputs);
    for (;;) {
      const live = await resources.get(address);
      if (live === undefined || valueAt(live, "metadata.uid") !== uid) return;
      options.signal.throwIfAborted();
      if (Date.now() > deadline) {
        const finalizers = JSON.stringify(valueAt(live, "metadata.finalizers") ?? []);
        throw new Error(
          `${address.kind} ${id} is not gone after ${waitMs(inputs) / 1000} s; finalizers left: ${finalizers}`,
        );
      }
      await delay(POLL_MS);
    }
  }

  async #apply(address: Address, inputs: Properties, options: CallOptions): Promise<Properties> {
    const cluster = this.#mustCluster(options.configuration);
    const live = await cluster.resources.apply(address, toJsonObject(inputs), false);
    if (annotation(inputs, SKIP_AWAIT) === "true") return toOutputs(inputs, live);
    return this.#awaitReady(cluster, address, inputs, live, options.signal);
  }

  async #awaitReady(
    { controlPlane, resources }: Cluster,
    address: Address,
    inputs: Properties,
    applied: JsonObject,
    signal: AbortSignal,
  ): Promise<Properties> {
    const startedAt = Date.now();
    let saidAt = startedAt;
    let live = applied;
    for (;;) {
      const readiness = readinessOf(live, controlPlane);
      if (readiness.state === "ready") return toOutputs(inputs, live);
      const late = Date.now() - startedAt > waitMs(inputs);
      if (readiness.state === "failed" || late) {
        const why = `${address.kind} ${idOf(address)} is not ready${late ? ` after ${waitMs(inputs) / 1000} s` : ""}: ${readiness.why}`;
        throw new InitializationError(idOf(address), toOutputs(inputs, live), [why]);
      }
      if (Date.now() - saidAt > SAY_AFTER_MS) {
        saidAt = Date.now();
        this.#ctx.say(`waiting for ${address.kind} ${idOf(address)}: ${readiness.why}`);
      }
      await delay(POLL_MS);
      if (signal.aborted)
        throw new InitializationError(idOf(address), toOutputs(inputs, live), [
          "the wait was cancelled",
        ]);
      const now = await resources.get(address);
      if (now === undefined)
        throw new Error(`${address.kind} ${idOf(address)} was deleted while it was awaited`);
      live = now;
    }
  }

  /** Undefined: the kubeconfig is not known yet, or its cluster is not there (yet). */
  #cluster(configuration: Properties): Cluster | undefined {
    const server = serverOf(configuration["kubeconfig"]);
    const controlPlane = server === undefined ? undefined : this.#find(server);
    if (controlPlane === undefined) return undefined;
    let resources = this.#resources.get(controlPlane);
    if (resources === undefined) {
      resources = new Resources(controlPlane.client);
      this.#resources.set(controlPlane, resources);
    }
    return { controlPlane, resources };
  }

  #mustCluster(configuration: Properties): Cluster {
    const cluster = this.#cluster(configuration);
    if (cluster !== undefined) return cluster;
    const server = serverOf(configuration["kubeconfig"]);
    throw new Error(
      server === undefined
        ? "the kubernetes provider has no kubeconfig: pass the one made from the cluster's outputs"
        : `no cluster of the embedded cloud answers at ${server}`,
    );
  }
}

/** What the API server would say to these inputs. Not yet there namespaces and kinds are no failure. */
async function dryRunFailures(
  resources: Resources,
  address: Address,
  inputs: Properties,
): Promise<CheckFailure[]> {
  try {
    await resources.apply(address, toJsonObject(inputs), true);
    return [];
  } catch (error) {
    if (
      error instanceof UnknownKindError ||
      hasStatus(error, 404) ||
      refusedAsImmutable(error).length > 0
    )
      return [];
    // Server-side apply answers 500 to a field that its schema does not have.
    const undeclared =
      error instanceof KubernetesError
        ? /\.(\S+): field not declared in schema/.exec(error.message)
        : null;
    if (undeclared !== null) {
      return [
        {
          property: undeclared[1] ?? "",
          reason: `${address.kind} has no property ${undeclared[1]}`,
        },
      ];
    }
    if (!(error instanceof KubernetesError) || error.status >= 500 || error.status === 409)
      return [];
    if (error.reason === "Forbidden" && error.message.includes("is being terminated")) return [];
    const causes = error.causes.map((cause) => ({
      property: cause.field ?? "",
      reason: cause.message ?? error.message,
    }));
    return causes.length > 0 ? causes : [{ property: "", reason: error.message }];
  }
}
