import type { AddressPlan } from "../cloud/addresses.ts";
import type { Pod } from "./objects.ts";

const FIRST = 2;
const LAST = 254;

/** Addresses of one node's pods: `${podPrefix}.<node>.2` to `.254`. */
export class PodAddresses {
  readonly #prefix: string;
  readonly #known: () => readonly Pod[];
  readonly #taken = new Map<string, string>();
  #next = FIRST;

  constructor(plan: AddressPlan, internalIp: string, known: () => readonly Pod[]) {
    if (!internalIp.startsWith(`${plan.podPrefix}.`)) {
      throw new RangeError(
        `a node's internal address is ${internalIp}; allowed: ${plan.podPrefix}.<1 to 254>.1`,
      );
    }
    this.#prefix = internalIp.slice(0, internalIp.lastIndexOf(".") + 1);
    this.#known = known;
  }

  /** Goes round, so that a new pod does not at once get the address of one that just ended. */
  take(pod: Pod): string {
    const uid = pod.metadata.uid ?? "";
    const before = pod.status?.podIP;
    const used = new Set(this.#taken.values());
    if (before?.startsWith(this.#prefix) === true && !used.has(before)) {
      this.#taken.set(uid, before);
      return before;
    }
    // Pods of an earlier run keep theirs even when this node has not come to them yet.
    for (const other of this.#known()) {
      if (other.metadata.uid !== uid && other.status?.podIP !== undefined && isAlive(other))
        used.add(other.status.podIP);
    }
    for (let tried = FIRST; tried <= LAST; tried++) {
      const address = `${this.#prefix}${this.#next}`;
      this.#next = this.#next === LAST ? FIRST : this.#next + 1;
      if (!used.has(address)) {
        this.#taken.set(uid, address);
        return address;
      }
    }
    throw new Error(`no pod address is left in ${this.#prefix}0/24`);
  }

  release(pod: Pod): void {
    this.#taken.delete(pod.metadata.uid ?? "");
  }
}

const isAlive = (pod: Pod): boolean =>
  pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed";
