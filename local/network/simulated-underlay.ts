import type { AddressPlan } from "../cloud/addresses.ts";
import type { Underlay, UnderlayHost } from "./underlay.ts";

/** Hands out names and loopback addresses; no packet ever travels. */
export class SimulatedUnderlay implements Underlay {
  readonly mode = "simulated";
  readonly reason: string;
  readonly #plan: AddressPlan;
  readonly #hosts = new Map<string, number>();

  constructor(plan: AddressPlan, reason: string) {
    this.#plan = plan;
    this.reason = reason;
  }

  addHost(name: string): Promise<UnderlayHost> {
    if (this.#hosts.has(name))
      return Promise.reject(new Error(`the underlay already has a host ${name}`));
    const index = lowestFree(this.#hosts.values(), 1, 254);
    this.#hosts.set(name, index);
    return Promise.resolve({
      name,
      netns: "",
      address: `${this.#plan.podPrefix}.${index}.1`,
      interfaceName: interfaceName(this.#plan.slot, index),
    });
  }

  removeHost(name: string): Promise<void> {
    this.#hosts.delete(name);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#hosts.clear();
    return Promise.resolve();
  }
}

/** At most 8 characters; Linux allows 15. */
export const interfaceName = (slot: number, index: number): string => `svpn${slot}w${index}`;

export function lowestFree(taken: Iterable<number>, from: number, to: number): number {
  const used = new Set(taken);
  for (let index = from; index <= to; index++) if (!used.has(index)) return index;
  throw new RangeError(`the underlay has no free host number from ${from} to ${to}`);
}
