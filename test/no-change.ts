import { stackNames } from "../local/engine/workspace.ts";
import { ProdRegion } from "./engine/prod-region.ts";
import { changesOf } from "./engine/support.ts";

/**
 * `up`, no change, refresh, no change: on every stack, or on those that are named, each on an embedded
 * cloud of its own. Minutes a stack, so it is a script of its own beside the tests, of which the engine's do
 * the same on `prod` and `local`. Pods are pretended: what they run plays no part.
 */
const PRETENDED = "0";

async function faultsOf(stack: string): Promise<string[]> {
  const region = await ProdRegion.open(stack, PRETENDED);
  try {
    const made = (await region.up()).report.changes.create ?? 0;
    const planned = changesOf(await region.preview());
    const drift = changesOf(await region.refresh());
    const replanned = changesOf(await region.preview());
    process.stdout.write(
      `${stack}: ${made} created; changes after up ${planned.length}, found by refresh ${drift.length}, after it ${replanned.length}\n`,
    );
    return [...planned, ...drift, ...replanned].map((change) => `${stack}: ${change}`);
  } finally {
    await region.close();
  }
}

const named = process.argv.slice(2);
let faults: string[] = [];
for (const stack of named.length > 0 ? named : stackNames())
  faults = [...faults, ...(await faultsOf(stack))];
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exit(faults.length === 0 ? 0 : 1);
