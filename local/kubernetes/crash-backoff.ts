// Shorter than a kubelet's 10 s to 5 min: a laptop has no fleet to protect from a crash loop. As with a
// kubelet, the first restart comes at once.
const AT_ONCE_MS = 50;
const FIRST_BACKOFF_MS = 1_000;
const LAST_BACKOFF_MS = 60_000;
/** A run this long has recovered: the next crash starts the back-off anew. */
const STEADY_MS = 60_000;

/** How long one container waits before each restart: twice as long after each crash in a row. */
export class CrashBackoff {
  #nextMs = AT_ONCE_MS;

  /** Milliseconds to wait after a run that lasted `ranMs`. */
  after(ranMs: number): number {
    const waitMs = ranMs > STEADY_MS ? AT_ONCE_MS : this.#nextMs;
    this.#nextMs = Math.min(Math.max(waitMs * 2, FIRST_BACKOFF_MS), LAST_BACKOFF_MS);
    return waitMs;
  }
}
