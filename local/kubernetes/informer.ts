import { setTimeout as delay } from "node:timers/promises";
import type { KubernetesClient } from "./client.ts";
import { keyOf, type KubernetesObject, type List } from "./objects.ts";

export type Change = "added" | "modified" | "deleted";
export type ChangeListener<T> = (change: Change, object: T) => void;

const RETRY_MS = 500;

/**
 * A cache of one collection, kept by list and watch. A watch that ends or fails is followed by a new
 * list, whose difference to the cache is told as changes, so listeners miss nothing.
 */
export class Informer<T extends KubernetesObject> {
  readonly #client: KubernetesClient;
  readonly #path: string;
  readonly #query: Readonly<Record<string, string>>;
  readonly #items = new Map<string, T>();
  readonly #listeners = new Set<ChangeListener<T>>();
  readonly #abort = new AbortController();
  #synced = false;

  constructor(
    client: KubernetesClient,
    path: string,
    query: Readonly<Record<string, string>> = {},
  ) {
    this.#client = client;
    this.#path = path;
    this.#query = query;
  }

  /** Resolves when the first list is in the cache. */
  async start(): Promise<void> {
    const version = await this.#list();
    this.#synced = true;
    void this.#follow(version);
  }

  stop(): void {
    this.#abort.abort();
    this.#listeners.clear();
  }

  get(key: string): T | undefined {
    return this.#items.get(key);
  }

  list(): T[] {
    return [...this.#items.values()];
  }

  /** Tells the present objects as `added`, then every change. */
  subscribe(listener: ChangeListener<T>): () => void {
    this.#listeners.add(listener);
    if (this.#synced) for (const object of this.#items.values()) listener("added", object);
    return () => this.#listeners.delete(listener);
  }

  async #list(): Promise<string> {
    const list = await this.#client.get<List<T>>(this.#path, {
      query: this.#query,
      signal: this.#abort.signal,
    });
    const present = new Set<string>();
    for (const object of list.items) {
      present.add(keyOf(object));
      this.#put(object);
    }
    for (const [key, object] of [...this.#items]) if (!present.has(key)) this.#drop(object);
    return list.metadata.resourceVersion ?? "";
  }

  async #follow(firstVersion: string): Promise<void> {
    let version = firstVersion;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        if (version === "") version = await this.#list();
        await this.#client.watch<T>(
          this.#path,
          { ...this.#query, resourceVersion: version },
          (event) => {
            version = event.object.metadata.resourceVersion ?? version;
            if (event.type === "DELETED") this.#drop(event.object);
            else if (event.type !== "BOOKMARK") this.#put(event.object);
          },
          signal,
        );
      } catch {
        if (signal.aborted) return;
        version = ""; // too old, or the server is away: list again
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  #put(object: T): void {
    const key = keyOf(object);
    const before = this.#items.get(key);
    if (before !== undefined && before.metadata.uid !== object.metadata.uid) this.#drop(before);
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    this.#items.set(key, object);
    this.#tell(before?.metadata.uid === object.metadata.uid ? "modified" : "added", object);
  }

  #drop(object: T): void {
    if (!this.#items.delete(keyOf(object))) return;
    this.#tell("deleted", object);
  }

  #tell(change: Change, object: T): void {
    for (const listener of this.#listeners) listener(change, object);
  }
}
