import { hasStatus, type KubernetesClient } from "./client.ts";
import type {
  ConfigMap,
  Container,
  EnvFrom,
  EnvVar,
  KeySelector,
  Pod,
  SecretObject,
} from "./objects.ts";

/** The pod's spec asks for something that does not exist (yet): the container waits. */
export class ContainerConfigError extends Error {}

export interface PodFacts {
  readonly pod: Pod;
  readonly podIp: string;
  readonly hostIp: string;
}

/** Value of a downward-API path such as `status.podIP` or `metadata.labels['app']`. */
export function fieldValue(path: string, { pod, podIp, hostIp }: PodFacts): string {
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (keyed !== null)
    return (
      (keyed[1] === "labels" ? pod.metadata.labels : pod.metadata.annotations)?.[keyed[2] ?? ""] ??
      ""
    );
  const lines = (map: Readonly<Record<string, string>> | undefined): string =>
    Object.entries(map ?? {})
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .join("\n");
  switch (path) {
    case "metadata.name":
      return pod.metadata.name;
    case "metadata.namespace":
      return pod.metadata.namespace ?? "default";
    case "metadata.uid":
      return pod.metadata.uid ?? "";
    case "metadata.labels":
      return lines(pod.metadata.labels);
    case "metadata.annotations":
      return lines(pod.metadata.annotations);
    case "spec.nodeName":
      return pod.spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return pod.spec.serviceAccountName ?? "default";
    case "status.podIP":
    case "status.podIPs":
      return podIp;
    case "status.hostIP":
    case "status.hostIPs":
      return hostIp;
    default:
      throw new ContainerConfigError(`unknown downward-API field ${path}`);
  }
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity such as `500m` or `1Gi` as a number. */
export function quantity(text: string): number {
  const parts = /^([0-9.]+)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(text);
  return parts === null ? 0 : Number(parts[1]) * (UNITS[parts[2] ?? ""] ?? 1);
}

/** Value of a `resourceFieldRef`, e.g. `limits.memory` in units of its divisor, rounded up. */
export function resourceValue(
  reference: {
    readonly containerName?: string;
    readonly resource: string;
    readonly divisor?: string;
  },
  pod: Pod,
  container: Container | undefined,
): string {
  const owner = pod.spec.containers.find((c) => c.name === reference.containerName) ?? container;
  const [which, name] = reference.resource.split(".");
  const amounts = which === "requests" ? owner?.resources?.requests : owner?.resources?.limits;
  const divisor = quantity(reference.divisor ?? "1") || 1;
  return String(Math.ceil(quantity(amounts?.[name ?? ""] ?? "0") / divisor));
}

/** Reads ConfigMaps and Secrets of one namespace, each once per container start. */
class Sources {
  readonly #client: KubernetesClient;
  readonly #namespace: string;
  readonly #read = new Map<string, Promise<Readonly<Record<string, string>> | undefined>>();

  constructor(client: KubernetesClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  configMap(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    return this.#once(
      `configmaps/${name}`,
      async (path) => (await this.#client.get<ConfigMap>(path)).data ?? {},
    );
  }

  secret(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    return this.#once(`secrets/${name}`, async (path) => {
      const { data } = await this.#client.get<SecretObject>(path);
      return Object.fromEntries(
        Object.entries(data ?? {}).map(([key, value]) => [
          key,
          Buffer.from(value, "base64").toString(),
        ]),
      );
    });
  }

  #once(
    what: string,
    read: (path: string) => Promise<Readonly<Record<string, string>>>,
  ): Promise<Readonly<Record<string, string>> | undefined> {
    const known = this.#read.get(what);
    if (known !== undefined) return known;
    const reading = read(`/api/v1/namespaces/${this.#namespace}/${what}`).catch(
      (error: unknown) => {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      },
    );
    this.#read.set(what, reading);
    return reading;
  }
}

async function keyValue(
  sources: Sources,
  kind: "configMap" | "secret",
  selector: KeySelector,
): Promise<string | undefined> {
  const data = await sources[kind](selector.name ?? "");
  const value = data?.[selector.key];
  if (value === undefined && selector.optional !== true) {
    const what = kind === "secret" ? "secret" : "configmap";
    throw new ContainerConfigError(
      data === undefined
        ? `${what} "${selector.name}" not found`
        : `couldn't find key ${selector.key} in ${what} ${selector.name}`,
    );
  }
  return value;
}

async function valueOf(
  variable: EnvVar,
  container: Container,
  facts: PodFacts,
  sources: Sources,
): Promise<string | undefined> {
  const from = variable.valueFrom;
  if (from === undefined) return variable.value ?? "";
  if (from.fieldRef !== undefined) return fieldValue(from.fieldRef.fieldPath, facts);
  if (from.resourceFieldRef !== undefined)
    return resourceValue(from.resourceFieldRef, facts.pod, container);
  if (from.configMapKeyRef !== undefined)
    return keyValue(sources, "configMap", from.configMapKeyRef);
  if (from.secretKeyRef !== undefined) return keyValue(sources, "secret", from.secretKeyRef);
  throw new ContainerConfigError(
    `environment variable ${variable.name} has a source that local nodes do not know`,
  );
}

async function addAll(
  source: EnvFrom,
  into: Record<string, string>,
  sources: Sources,
): Promise<void> {
  const kind = source.configMapRef === undefined ? "secret" : "configMap";
  const reference = source.configMapRef ?? source.secretRef;
  const data = await sources[kind](reference?.name ?? "");
  if (data === undefined) {
    if (reference?.optional === true) return;
    throw new ContainerConfigError(`${kind.toLowerCase()} "${reference?.name}" not found`);
  }
  for (const [key, value] of Object.entries(data)) into[`${source.prefix ?? ""}${key}`] = value;
}

/** Expands `$(NAME)` from what is known so far; `$$(NAME)` stays literally `$(NAME)`. */
export function expand(text: string, known: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$)?\(([\w.-]+)\)/g, (found, dollar: string | undefined, name: string) =>
    dollar === "$" ? `$(${name})` : (known[name] ?? found),
  );
}

/** The variables that the pod's spec gives to a container, in the spec's order. */
export async function containerEnvironment(
  container: Container,
  facts: PodFacts,
  client: KubernetesClient,
): Promise<Record<string, string>> {
  const sources = new Sources(client, facts.pod.metadata.namespace ?? "default");
  const environment: Record<string, string> = {};
  for (const source of container.envFrom ?? []) await addAll(source, environment, sources);
  for (const variable of container.env ?? []) {
    const value = await valueOf(variable, container, facts, sources);
    if (value !== undefined) environment[variable.name] = expand(value, environment);
  }
  return environment;
}
