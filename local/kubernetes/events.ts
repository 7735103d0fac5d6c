import type { KubernetesClient } from "./client.ts";
import type { Pod } from "./objects.ts";

const REPEAT_MS = 60_000;

/** Writes the events of one node's pods, which `kubectl describe` shows. Losing one harms nobody. */
export class Events {
  readonly #client: KubernetesClient;
  readonly #node: string;
  /** When an event was last written: a probe that fails every second is said once a minute. */
  readonly #last = new Map<string, number>();

  constructor(client: KubernetesClient, node: string) {
    this.#client = client;
    this.#node = node;
  }

  write(pod: Pod, type: "Normal" | "Warning", reason: string, message: string): void {
    const { name, namespace = "default", uid } = pod.metadata;
    const key = `${uid}/${reason}/${message}`;
    const now = Date.now();
    if (now - (this.#last.get(key) ?? 0) < REPEAT_MS) return;
    for (const [old, at] of this.#last) if (now - at > REPEAT_MS) this.#last.delete(old);
    this.#last.set(key, now);
    const time = new Date(now).toISOString().replace(/\.\d+Z$/, "Z");
    const body = {
      metadata: { generateName: `${name}.`, namespace },
      involvedObject: { kind: "Pod", apiVersion: "v1", name, namespace, uid },
      type,
      reason,
      message,
      source: { component: "local-node", host: this.#node },
      reportingComponent: "local-node",
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    };
    this.#client.call("POST", `/api/v1/namespaces/${namespace}/events`, { body }).catch(() => {});
  }
}
