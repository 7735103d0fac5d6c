/**
 * How many container processes a machine is willing to run. Where a node group is far larger than the
 * machine, the pods beyond it are pretended: they are Running and Ready without a process.
 */
export class ProcessBudget {
  readonly limit: number;
  #used = 0;

  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes all or nothing: a pod runs as a whole or is pretended as a whole. */
  take(processes: number): boolean {
    if (this.#used + processes > this.limit) return false;
    this.#used += processes;
    return true;
  }

  give(processes: number): void {
    this.#used -= processes;
  }
}
