import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

/** After this a wait is given up as hung: long, so that no slow machine looks like a fault. */
const PATIENCE_MS = 60_000;
const POLL_MS = 20;
/** What a process that does nothing takes from its start to its end on two idle cores. */
const USUAL_PROCESS_MS = 50;

/** Waits until `condition` holds and resolves with the milliseconds that it took; fails with `what`. */
export async function eventually(
  what: string,
  condition: () => Promise<boolean> | boolean,
): Promise<number> {
  const from = performance.now();
  while (!(await condition())) {
    if (performance.now() - from > PATIENCE_MS)
      throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return performance.now() - from;
}

/** Waits until `condition` holds, which must be within `boundMs` on a machine that is not slow. */
export async function soon(
  what: string,
  boundMs: number,
  condition: () => Promise<boolean> | boolean,
): Promise<void> {
  assertWithin(what, await eventually(what, condition), boundMs);
}

/**
 * Asserts that something took less than a bound. Where it did not, the bound grows by how much slower
 * than usual a process runs at this moment: what fails then is the program, not the machine.
 */
export function assertWithin(what: string, tookMs: number, boundMs: number): void {
  if (tookMs < boundMs) return;
  const slowness = machineSlowness();
  assert.ok(
    tookMs < boundMs * slowness,
    `${what}: took ${Math.round(tookMs)} ms, not ${boundMs} on a machine ${slowness.toFixed(1)} times as slow as usual`,
  );
}

/** How many times slower than usual this machine is now, by the slowest of five processes; at least 1. */
function machineSlowness(): number {
  const slowest = Math.max(
    ...Array.from({ length: 5 }, () => {
      const from = performance.now();
      spawnSync(process.execPath, ["-e", "0"]);
      return performance.now() - from;
    }),
  );
  return Math.max(1, slowest / USUAL_PROCESS_MS);
}
