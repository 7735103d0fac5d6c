export interface Share {
  readonly id: string;
  /** Weight of the server among the next picks; 0: it is left out. */
  readonly quota: number;
}

interface Seat {
  readonly id: string;
  readonly stride: number;
  pass: number;
}

/**
 * Deals servers in proportion to their quotas by stride scheduling: after any number of picks each
 * server has had its share to within one. Seats keep their place in the round over an update, so a
 * snapshot every second does not restart the round at the same servers; new seats and new processes
 * begin at a random place, so that replicas do not walk in step.
 */
export class Dealer {
  readonly #random: () => number;
  #seats = new Map<string, Seat>();
  /** Binary heap by pass. */
  #heap: Seat[] = [];
  #now = 0;
  #dealt = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Picks since the last call. */
  takeCount(): number {
    const count = this.#dealt;
    this.#dealt = 0;
    return count;
  }

  update(shares: readonly Share[]): void {
    const before = this.#seats;
    this.#seats = new Map();
    for (const { id, quota } of shares) {
      if (quota <= 0) continue;
      const stride = 1 / quota;
      const old = before.get(id);
      const place =
        old === undefined
          ? this.#random()
          : Math.min(1, Math.max(0, (old.pass - this.#now) / old.stride));
      this.#seats.set(id, { id, stride, pass: place * stride });
    }
    this.#now = 0;
    this.#heap = [...this.#seats.values()].sort((a, b) => a.pass - b.pass);
  }

  /** The next server; undefined when no share has a quota. */
  deal(): string | undefined {
    const first = this.#heap[0];
    if (first === undefined) return undefined;
    this.#now = first.pass;
    first.pass += first.stride;
    this.#sink(0);
    this.#dealt++;
    return first.id;
  }

  /** A dealt server was not used: it is next again. */
  giveBack(id: string): void {
    const seat = this.#seats.get(id);
    if (seat === undefined) return;
    seat.pass -= seat.stride;
    this.#dealt = Math.max(0, this.#dealt - 1);
    this.#rise(this.#heap.indexOf(seat));
  }

  /** Leaves a server out until the next update. */
  drop(id: string): void {
    if (this.#seats.delete(id))
      this.#heap = this.#heap.filter((seat) => seat.id !== id).sort((a, b) => a.pass - b.pass);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const seat = heap[from];
    if (seat === undefined) return;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      let least = heap[child];
      const right = heap[child + 1];
      if (least !== undefined && right !== undefined && right.pass < least.pass) {
        child++;
        least = right;
      }
      if (least === undefined || least.pass >= seat.pass) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = seat;
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const seat = heap[from];
    if (seat === undefined) return;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.pass <= seat.pass) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = seat;
  }
}
