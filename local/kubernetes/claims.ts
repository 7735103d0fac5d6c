import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { CloudContext } from "../cloud/context.ts";
import { hasStatus, type KubernetesClient } from "./client.ts";
import { Coalesced } from "./coalesced.ts";
import { Informer } from "./informer.ts";
import { keyOf, type KubernetesObject, type List } from "./objects.ts";

const PROVISIONER = "local.securevpn";
const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
const SELECTED_NODE = "volume.kubernetes.io/selected-node";

interface Claim extends KubernetesObject {
  readonly spec: {
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: { readonly storage?: string } };
  };
  readonly status?: { readonly phase?: string; readonly capacity?: { readonly storage?: string } };
}

interface StorageClass extends KubernetesObject {
  readonly reclaimPolicy?: string;
  readonly volumeBindingMode?: string;
}

interface Volume extends KubernetesObject {
  readonly spec: {
    readonly claimRef?: { readonly name: string; readonly namespace: string };
    readonly persistentVolumeReclaimPolicy?: string;
  };
  readonly status?: { readonly phase?: string };
}

/** Folder that stands for the disk of a claim. */
export const claimDirectory = (stateDir: string, namespace: string, claim: string): string =>
  join(stateDir, "parts", "volumes", `${namespace}_${claim}`);

/** Folder of a volume that was kept when its claim went. */
const retainedDirectory = (stateDir: string, volume: string): string =>
  join(stateDir, "parts", "volumes", `retained_${volume}`);

/** What the EBS driver does on AWS: every claim of a storage class gets a volume, here a folder. */
export class ClaimProvisioner {
  readonly #ctx: CloudContext;
  readonly #client: KubernetesClient;
  readonly #claims: Informer<Claim>;
  readonly #volumes: Informer<Volume>;
  readonly #sync: Coalesced;

  constructor(ctx: CloudContext, client: KubernetesClient) {
    this.#ctx = ctx;
    this.#client = client;
    this.#claims = new Informer<Claim>(client, "/api/v1/persistentvolumeclaims");
    this.#volumes = new Informer<Volume>(client, "/api/v1/persistentvolumes");
    this.#sync = new Coalesced(() => this.#reconcile());
  }

  async start(): Promise<void> {
    await Promise.all([this.#claims.start(), this.#volumes.start()]);
    this.#claims.subscribe(() => this.#sync.request());
    this.#volumes.subscribe((change, volume) => {
      if (change === "deleted")
        rmSync(retainedDirectory(this.#ctx.stateDir, volume.metadata.name), {
          recursive: true,
          force: true,
        });
      this.#sync.request();
    });
  }

  stop(): void {
    this.#claims.stop();
    this.#volumes.stop();
    this.#sync.close();
  }

  async #reconcile(): Promise<void> {
    // First: a new claim may have the name of one that went.
    for (const volume of this.#volumes.list()) {
      const ours = volume.metadata.annotations?.[PROVISIONED_BY] === PROVISIONER;
      if (
        !ours ||
        volume.status?.phase !== "Released" ||
        volume.metadata.deletionTimestamp !== undefined
      )
        continue;
      if (volume.spec.persistentVolumeReclaimPolicy === "Delete") await this.#reclaim(volume);
      else this.#setAside(volume);
    }
    await this.#grow();
    const waiting = this.#claims
      .list()
      .filter((c) => c.spec.volumeName === undefined && c.metadata.deletionTimestamp === undefined);
    if (waiting.length > 0) {
      const { items } = await this.#client.get<List<StorageClass>>(
        "/apis/storage.k8s.io/v1/storageclasses",
      );
      for (const claim of waiting) {
        const found = items.find((c) => c.metadata.name === claim.spec.storageClassName);
        if (found !== undefined) await this.#provide(claim, found);
      }
    }
  }

  /** A claim that asks for more gets it at once: a folder has no size. */
  async #grow(): Promise<void> {
    for (const claim of this.#claims.list()) {
      const wanted = claim.spec.resources?.requests?.storage;
      const volume = this.#volumes.get(claim.spec.volumeName ?? "");
      if (
        wanted === undefined ||
        volume === undefined ||
        claim.status?.phase !== "Bound" ||
        claim.status.capacity?.storage === wanted
      )
        continue;
      const patch = (path: string, body: unknown): Promise<unknown> =>
        this.#client.call("PATCH", path, { contentType: "application/merge-patch+json", body });
      await patch(`/api/v1/persistentvolumes/${keyOf(volume)}`, {
        spec: { capacity: { storage: wanted } },
      });
      const { namespace, name } = claim.metadata;
      await patch(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}/status`, {
        status: { capacity: { storage: wanted } },
      });
    }
  }

  async #provide(claim: Claim, storageClass: StorageClass): Promise<void> {
    const node = claim.metadata.annotations?.[SELECTED_NODE];
    // Bound only when the scheduler has chosen: a disk lies in a zone, and so must its pod.
    if (storageClass.volumeBindingMode === "WaitForFirstConsumer" && node === undefined) return;
    const { namespace = "default", name, uid = "" } = claim.metadata;
    const path = claimDirectory(this.#ctx.stateDir, namespace, name);
    mkdirSync(path, { recursive: true, mode: 0o777 });
    const zone = node === undefined ? undefined : await this.#zoneOf(node);
    const body = {
      metadata: { name: `pvc-${uid}`, annotations: { [PROVISIONED_BY]: PROVISIONER } },
      spec: {
        capacity: { storage: claim.spec.resources?.requests?.storage ?? "1Gi" },
        accessModes: claim.spec.accessModes ?? ["ReadWriteOnce"],
        persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
        storageClassName: storageClass.metadata.name,
        claimRef: { kind: "PersistentVolumeClaim", apiVersion: "v1", namespace, name, uid },
        local: { path },
        nodeAffinity: {
          required: { nodeSelectorTerms: [{ matchExpressions: [placement(zone)] }] },
        },
      },
    };
    await this.#client
      .call("POST", "/api/v1/persistentvolumes", { body })
      .catch((error: unknown) => {
        if (!hasStatus(error, 409)) throw error;
      });
  }

  async #zoneOf(node: string): Promise<string | undefined> {
    const found = await this.#client.get<KubernetesObject>(`/api/v1/nodes/${node}`);
    return found.metadata.labels?.["topology.kubernetes.io/zone"];
  }

  /** A kept volume is no longer its claim's: a new claim of the name gets an empty one, as on AWS. */
  #setAside(volume: Volume): void {
    const { claimRef } = volume.spec;
    if (claimRef === undefined) return;
    const kept = retainedDirectory(this.#ctx.stateDir, volume.metadata.name);
    if (existsSync(kept)) return;
    const path = claimDirectory(this.#ctx.stateDir, claimRef.namespace, claimRef.name);
    if (existsSync(path)) renameSync(path, kept);
  }

  async #reclaim(volume: Volume): Promise<void> {
    const { claimRef } = volume.spec;
    await this.#client
      .call("DELETE", `/api/v1/persistentvolumes/${keyOf(volume)}`)
      .catch((error: unknown) => {
        if (!hasStatus(error, 404)) throw error;
      });
    if (
      claimRef === undefined ||
      this.#claims.get(`${claimRef.namespace}/${claimRef.name}`) !== undefined
    )
      return;
    rmSync(claimDirectory(this.#ctx.stateDir, claimRef.namespace, claimRef.name), {
      recursive: true,
      force: true,
    });
  }
}

const placement = (zone: string | undefined) =>
  zone === undefined
    ? { key: "kubernetes.io/os", operator: "In", values: ["linux"] }
    : { key: "topology.kubernetes.io/zone", operator: "In", values: [zone] };
