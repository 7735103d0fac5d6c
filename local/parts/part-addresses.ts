import { join } from "node:path";
import type { CloudContext } from "../cloud/context.ts";
import { Store } from "../cloud/store.ts";

/** Numbers below are the control plane's (etcd has 1). */
const FIRST = 10;
const LAST = 250;

/** Which part has which loopback address: a part keeps its own over restarts. */
export class PartAddresses {
  readonly #prefix: string;
  readonly #store: Store<number>;

  constructor(ctx: Pick<CloudContext, "stateDir" | "addresses">) {
    this.#prefix = ctx.addresses.partPrefix;
    this.#store = new Store(join(ctx.stateDir, "cloud", "part-addresses"));
  }

  of(part: string): string {
    const known = this.#store.get(part);
    if (known !== undefined) return `${this.#prefix}.${known}`;
    const taken = new Set(this.#store.entries().map(([, number]) => number));
    for (let number = FIRST; number <= LAST; number++) {
      if (taken.has(number)) continue;
      this.#store.set(part, number);
      return `${this.#prefix}.${number}`;
    }
    throw new Error(`no address is left in ${this.#prefix}.${FIRST} to .${LAST}`);
  }

  release(part: string): void {
    this.#store.delete(part);
  }
}
