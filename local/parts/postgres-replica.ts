import { cloneData, slotName } from "./postgres-clone.ts";
import type { Upstream } from "./postgres-config.ts";
import type { PostgresServer } from "./postgres-server.ts";

const WATCH_INTERVAL_MS = 2_000;

/** One replica and where it streams from. */
export interface Replica {
  readonly identifier: string;
  readonly server: PostgresServer;
  readonly primary: PostgresServer;
  readonly upstream: Upstream;
}

/** Starts a replica, on a new copy of the primary's data when it has none that can still catch up. */
export async function startReplica(replica: Replica): Promise<void> {
  const { identifier, server, primary, upstream } = replica;
  if (!server.initialised || (await slotIsLost(primary, identifier))) await clone(replica);
  try {
    await server.start(upstream);
  } catch (error) {
    // Between the clone and its first stream the primary may have written past the keep size.
    if (!(await slotIsLost(primary, identifier))) throw error;
    await clone(replica);
    await server.start(upstream);
  }
}

/** Throws a replica's data away for a new copy of its primary's. */
export async function cloneAnew(replica: Replica): Promise<void> {
  await replica.server.stop();
  await clone(replica);
  await replica.server.start(replica.upstream);
}

/** Whether the primary has thrown away WAL that the replica still needs. */
export async function slotIsLost(primary: PostgresServer, replica: string): Promise<boolean> {
  const [slot] = await primary.query<{ wal_status: string | null }>(
    "select wal_status from pg_replication_slots where slot_name = $1",
    [slotName(replica)],
  );
  return slot === undefined || slot.wal_status === "lost";
}

async function clone({ identifier, server, primary }: Replica): Promise<void> {
  const draft = server.draft();
  await cloneData(primary, slotName(identifier), draft);
  server.adopt(draft);
}

/** Looks after the replicas every two seconds, one round at a time. */
export class ReplicaWatch {
  readonly #round: () => Promise<void>;
  readonly #goesOn: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  /** After a round it rests, until it is started again, unless `goesOn`. */
  constructor(round: () => Promise<void>, goesOn: () => boolean) {
    this.#round = round;
    this.#goesOn = goesOn;
  }

  /** Begins to watch; nothing when it does already, or was stopped. */
  start(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#round().finally(() => {
        this.#timer = undefined;
        if (this.#goesOn()) this.start();
      });
    }, WATCH_INTERVAL_MS);
    this.#timer.unref();
  }

  /** A round under way should end soon. */
  get stopped(): boolean {
    return this.#stopped;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }
}
