import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { ESTIMATE_FILE, type Recorded } from "../../policies/cost/record.ts";

/** What a run's policy pack said of the cost; undefined: it did not come to judge the stack. */
export type Cost = Recorded | undefined;

const read = (file: string): Cost =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Recorded) : undefined;

/** Runs the engine and brings the estimate that its policy pack made, also where the run fails. */
export async function withEstimate<T>(
  stack: Stack,
  run: () => Promise<T>,
): Promise<{ result: T; cost: Cost }> {
  const folder = mkdtempSync(join(tmpdir(), "securevpn-cost-"));
  const file = join(folder, "estimate.json");
  stack.workspace.envVars = { ...stack.workspace.envVars, [ESTIMATE_FILE]: file };
  try {
    const result = await run();
    return { result, cost: read(file) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
