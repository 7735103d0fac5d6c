/** State of one part of the region, as the status screen shows it. */
export type PartState = "starting" | "ready" | "restarting" | "failed" | "stopped" | "not run";

export interface Part {
  /** Unique name, e.g. `postgres/shard-0`, `pod/auth-7d9f-x2k4`; also the PART of `npm run logs`. */
  readonly name: string;
  readonly kind: "control plane" | "database" | "cache" | "balancer" | "node" | "pod" | "network";
  readonly state: PartState;
  readonly address?: string | undefined;
  readonly pid?: number | undefined;
  /** One sentence for a person: why it failed or restarts, what is simulated. */
  readonly detail?: string | undefined;
  readonly logFile?: string | undefined;
  readonly restarts?: number | undefined;
}

export type PartListener = (part: Part, previous: Part | undefined) => void;

/** What the cloud runs just now. Parts report here; the screen, `status` and `logs` read here. */
export class Parts {
  readonly #parts = new Map<string, Part>();
  readonly #listeners = new Set<PartListener>();

  report(part: Part): void {
    const previous = this.#parts.get(part.name);
    this.#parts.set(part.name, part);
    for (const listener of this.#listeners) listener(part, previous);
  }

  remove(name: string): void {
    this.#parts.delete(name);
  }

  get(name: string): Part | undefined {
    return this.#parts.get(name);
  }

  list(): Part[] {
    return [...this.#parts.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  subscribe(listener: PartListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
