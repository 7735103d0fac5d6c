import { chownSync, existsSync, mkdirSync, readFileSync, chmodSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { writeFileAtomically } from "../cloud/store.ts";
import { hasStatus, type KubernetesClient } from "./client.ts";
import { ContainerConfigError, fieldValue, resourceValue, type PodFacts } from "./environment.ts";
import type {
  ConfigMap,
  FieldItem,
  KeyToPath,
  Pod,
  ProjectedSource,
  SecretObject,
  Volume,
} from "./objects.ts";

export interface VolumeFile {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const FILE_MODE = 0o644;
const TOKEN_SECONDS = 3607;

/** Writes the pod's volumes as folders below its own, and keeps what may change up to date. */
export class Volumes {
  readonly #client: KubernetesClient;
  readonly #facts: PodFacts;
  readonly #directory: string;
  readonly #owner: Owner | undefined;
  /** Claim name -> folder of its volume. */
  readonly #claimDirectory: (claim: string) => string;

  constructor(
    client: KubernetesClient,
    facts: PodFacts,
    directory: string,
    owner: Owner | undefined,
    claimDirectory: (claim: string) => string,
  ) {
    this.#client = client;
    this.#facts = facts;
    this.#directory = directory;
    this.#owner = owner;
    this.#claimDirectory = claimDirectory;
  }

  /** Folder of a volume. */
  pathOf(name: string): string {
    const volume = this.#facts.pod.spec.volumes?.find((v) => v.name === name);
    if (volume?.persistentVolumeClaim !== undefined)
      return this.#claimDirectory(volume.persistentVolumeClaim.claimName);
    if (volume?.hostPath !== undefined) return volume.hostPath.path;
    return join(this.#directory, name);
  }

  /** Makes every volume; throws a ContainerConfigError when a source is missing. */
  async write(): Promise<void> {
    for (const volume of this.#facts.pod.spec.volumes ?? []) {
      if (volume.hostPath !== undefined) continue;
      const directory = this.pathOf(volume.name);
      mkdirSync(directory, { recursive: true, mode: 0o755 });
      if (volume.emptyDir !== undefined || volume.persistentVolumeClaim !== undefined) {
        chmodSync(directory, 0o777); // as a kubelet does: containers of one pod run as different users
        continue;
      }
      await this.#writeFiles(volume, directory);
    }
  }

  /** Writes again what may have changed: tokens before they expire, mutable ConfigMaps and Secrets. */
  async refresh(): Promise<void> {
    for (const volume of this.#facts.pod.spec.volumes ?? []) {
      if (
        volume.configMap !== undefined ||
        volume.secret !== undefined ||
        volume.projected !== undefined
      ) {
        await this.#writeFiles(volume, this.pathOf(volume.name));
      }
    }
  }

  async #writeFiles(volume: Volume, directory: string): Promise<void> {
    for (const file of await this.#files(volume)) {
      const path = resolve(directory, file.path);
      if (!path.startsWith(directory + sep))
        throw new ContainerConfigError(`volume ${volume.name}: ${file.path} leaves the volume`);
      if (existsSync(path) && readFileSync(path).equals(file.content)) continue;
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      writeFileAtomically(path, file.content, file.mode);
      if (this.#owner !== undefined) chownSync(path, this.#owner.uid, this.#owner.gid);
    }
  }

  async #files(volume: Volume): Promise<VolumeFile[]> {
    if (volume.configMap !== undefined) {
      return this.#source(
        { configMap: volume.configMap },
        volume.configMap.defaultMode ?? FILE_MODE,
      );
    }
    if (volume.secret !== undefined) {
      const { secretName, ...rest } = volume.secret;
      return this.#source(
        { secret: { name: secretName ?? "", ...rest } },
        volume.secret.defaultMode ?? FILE_MODE,
      );
    }
    if (volume.downwardAPI !== undefined) {
      return this.#source(
        { downwardAPI: volume.downwardAPI },
        volume.downwardAPI.defaultMode ?? FILE_MODE,
      );
    }
    if (volume.projected !== undefined) {
      const mode = volume.projected.defaultMode ?? FILE_MODE;
      const parts = await Promise.all(
        (volume.projected.sources ?? []).map((source) => this.#source(source, mode)),
      );
      return parts.flat();
    }
    throw new ContainerConfigError(
      `volume ${volume.name} is of a kind that local nodes do not know`,
    );
  }

  async #source(source: ProjectedSource, mode: number): Promise<VolumeFile[]> {
    if (source.configMap !== undefined) {
      const { name = "", items, optional } = source.configMap;
      const object = await this.#read<ConfigMap>("configmaps", name, optional);
      const values = [
        ...Object.entries(object?.data ?? {}).map(([key, text]): [string, Buffer] => [
          key,
          Buffer.from(text),
        ]),
        ...Object.entries(object?.binaryData ?? {}).map(([key, text]): [string, Buffer] => [
          key,
          Buffer.from(text, "base64"),
        ]),
      ];
      return selectKeys(new Map(values), items, mode, `configmap "${name}"`, optional);
    }
    if (source.secret !== undefined) {
      const { name = "", items, optional } = source.secret;
      const object = await this.#read<SecretObject>("secrets", name, optional);
      const values = Object.entries(object?.data ?? {}).map(([key, text]): [string, Buffer] => [
        key,
        Buffer.from(text, "base64"),
      ]);
      return selectKeys(new Map(values), items, mode, `secret "${name}"`, optional);
    }
    if (source.downwardAPI !== undefined) {
      return (source.downwardAPI.items ?? []).map((item) => this.#field(item, mode));
    }
    if (source.serviceAccountToken !== undefined) {
      const { path } = source.serviceAccountToken;
      return [{ path, content: Buffer.from(await this.#token(source.serviceAccountToken)), mode }];
    }
    return [];
  }

  #field(item: FieldItem, mode: number): VolumeFile {
    const text =
      item.fieldRef === undefined
        ? resourceValue(item.resourceFieldRef ?? { resource: "" }, this.#facts.pod, undefined)
        : fieldValue(item.fieldRef.fieldPath, this.#facts);
    return { path: item.path, content: Buffer.from(text), mode: item.mode ?? mode };
  }

  /** A token bound to this pod, as a kubelet asks for it: it dies with the pod and names the node. */
  async #token(request: NonNullable<ProjectedSource["serviceAccountToken"]>): Promise<string> {
    const { metadata, spec } = this.#facts.pod;
    const path = `/api/v1/namespaces/${metadata.namespace}/serviceaccounts/${spec.serviceAccountName ?? "default"}/token`;
    const answer = await this.#client.call<{ status: { token: string } }>("POST", path, {
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: {
          ...(request.audience === undefined ? {} : { audiences: [request.audience] }),
          expirationSeconds: request.expirationSeconds ?? TOKEN_SECONDS,
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name: metadata.name, uid: metadata.uid },
        },
      },
    });
    return answer.status.token;
  }

  async #read<T>(
    plural: string,
    name: string,
    optional: boolean | undefined,
  ): Promise<T | undefined> {
    try {
      return await this.#client.get<T>(
        `/api/v1/namespaces/${this.#facts.pod.metadata.namespace}/${plural}/${name}`,
      );
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      if (optional === true) return undefined;
      throw new ContainerConfigError(`${plural.slice(0, -1)} "${name}" not found`);
    }
  }
}

function selectKeys(
  values: ReadonlyMap<string, Buffer>,
  items: readonly KeyToPath[] | undefined,
  mode: number,
  what: string,
  optional: boolean | undefined,
): VolumeFile[] {
  if (items === undefined) return [...values].map(([path, content]) => ({ path, content, mode }));
  return items.flatMap((item) => {
    const content = values.get(item.key);
    if (content !== undefined) return [{ path: item.path, content, mode: item.mode ?? mode }];
    if (optional === true) return [];
    throw new ContainerConfigError(`${what} has no key ${item.key}`);
  });
}

/** The tokens of the shortest life that the pod's volumes hold, in seconds; undefined: none. */
export function shortestTokenSeconds(pod: Pod): number | undefined {
  const lives = (pod.spec.volumes ?? []).flatMap((volume) =>
    (volume.projected?.sources ?? []).flatMap((s) =>
      s.serviceAccountToken === undefined
        ? []
        : [s.serviceAccountToken.expirationSeconds ?? TOKEN_SECONDS],
    ),
  );
  return lives.length === 0 ? undefined : Math.min(...lives);
}
