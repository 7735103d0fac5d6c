/** Older than this, and a person would see it: what they just changed would look unchanged. */
const MAX_LAG_SECONDS = 5;
const ASK_EVERY_MS = 2_000;

/**
 * Seconds that a replica is behind; null: it receives nothing, and so cannot know. A replica whose
 * stream is cut has replayed all that it received, so the comparison of positions alone would call it fresh.
 */
export const LAG_QUERY = {
  name: "replica-lag",
  text: `
    select case
      when not pg_is_in_recovery() then 0
      when not exists (select from pg_stat_wal_receiver) then null
      when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
      else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())
    end::float8 as lag_seconds`,
} as const;

/** Whether a replica may answer, by a verdict that is at most some seconds old. */
export class ReplicaFreshness {
  readonly #askLag: () => Promise<number | null>;
  readonly #nowMs: () => number;
  #askedAt = Number.NEGATIVE_INFINITY;
  #fresh = false;
  #asking: Promise<void> | undefined;

  constructor(askLag: () => Promise<number | null>, nowMs: () => number = () => performance.now()) {
    this.#askLag = askLag;
    this.#nowMs = nowMs;
  }

  /** The first caller waits for the verdict; later ones take the last while the next is being asked for. */
  async isFresh(): Promise<boolean> {
    const first = this.#askedAt === Number.NEGATIVE_INFINITY;
    if (this.#nowMs() - this.#askedAt >= ASK_EVERY_MS) {
      this.#askedAt = this.#nowMs();
      this.#asking = this.#ask();
    }
    if (first) await this.#asking;
    return this.#fresh;
  }

  /** It just failed a read: it is not asked for more until the next verdict. */
  distrust(): void {
    this.#fresh = false;
  }

  async #ask(): Promise<void> {
    const lag = await this.#askLag().catch(() => null);
    this.#fresh = lag !== null && lag <= MAX_LAG_SECONDS;
  }
}
