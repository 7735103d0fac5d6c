import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { differenceOf, type CostDifference } from "../../policies/cost/difference.ts";
import type { CostDocument } from "../../policies/cost/document.ts";
import { ESTIMATE_FILE, record, type Recorded } from "../../policies/cost/record.ts";
import { deployedStack } from "./deployed-resources.ts";

/** What a run's document says of cost; nothing where there is no bill, as in a local region. */
export interface CostReport {
  readonly cost?: CostDocument;
  /** Why the stack cannot be priced. */
  readonly costError?: string;
  /** To what is deployed, when the bill changes. */
  readonly costDifference?: CostDifference;
}

/** Undefined: the run's policy pack did not come to judge the stack. */
const read = (file: string): Recorded | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Recorded) : undefined;

function reportOf(planned: Recorded | undefined, deployed: Recorded | undefined): CostReport {
  if (planned === undefined)
    return { costError: "the run ended before its policy pack had seen every resource" };
  if ("error" in planned) return { costError: planned.error };
  if (planned.cost === null) return {};
  const before = deployed !== undefined && "cost" in deployed ? deployed.cost : null;
  const costDifference = before === null ? undefined : differenceOf(before, planned.cost);
  return { cost: planned.cost, ...(costDifference === undefined ? {} : { costDifference }) };
}

/** What is deployed, priced with the same table; undefined: nothing is. */
async function deployedEstimate(stack: Stack): Promise<Recorded | undefined> {
  const deployed = deployedStack(stack.name, await stack.exportStack(), new Date());
  return deployed.resources.length === 0 ? undefined : record(deployed);
}

/** Runs the engine and brings the estimate that its policy pack made, also where the run fails. */
export async function withEstimate<T>(
  stack: Stack,
  run: () => Promise<T>,
): Promise<{ result: T; cost: CostReport }> {
  const folder = mkdtempSync(join(tmpdir(), "securevpn-cost-"));
  const file = join(folder, "estimate.json");
  const { envVars } = stack.workspace;
  stack.workspace.envVars = { ...envVars, [ESTIMATE_FILE]: file };
  try {
    const result = await run();
    return { result, cost: reportOf(read(file), await deployedEstimate(stack)) };
  } finally {
    stack.workspace.envVars = envVars;
    rmSync(folder, { recursive: true, force: true });
  }
}
