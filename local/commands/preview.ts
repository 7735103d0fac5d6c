import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { holderOfState } from "../cloud/lock.ts";
import { openCloud } from "../cloud/cloud.ts";
import { readRunningEnvironment } from "../cloud/environment.ts";
import { withEstimate, type Cost } from "../engine/cost.ts";
import { knownPolicies } from "../engine/policies.ts";
import { renderTree, type RunReport } from "../engine/report.ts";
import { selectDeployed } from "../engine/deployed.ts";
import { EngineError, preview } from "../engine/run.ts";
import { openStack } from "../engine/workspace.ts";
import type { CostDocument } from "../../policies/cost/document.ts";
import { addresses, parseCommand, stateDirectory } from "./arguments.ts";
import { command } from "./command.ts";

interface Document {
  readonly stack: string;
  readonly resources: unknown[];
  readonly changes: RunReport["changes"];
  /** What the run would do to each resource that does not stay as it is. */
  readonly steps: readonly { readonly urn: string; readonly op: string }[];
  readonly policies: ReturnType<RunReport["policies"]>;
  readonly outputs: Record<string, unknown>;
  /** Null where there is no bill; absent where the run did not come to price the stack. */
  readonly cost?: CostDocument | null;
  /** Why the stack cannot be priced. */
  readonly costError?: string;
}

const costOf = (cost: Cost): Pick<Document, "cost" | "costError"> =>
  cost === undefined ? {} : "error" in cost ? { costError: cost.error } : { cost: cost.cost };

async function documentOf(stack: string, report: RunReport, cost: Cost): Promise<Document> {
  return {
    stack,
    resources: [...report.resources.values()],
    changes: report.changes,
    steps: [...report.steps].map(([urn, op]) => ({ urn, op })),
    policies: report.policies(await knownPolicies()),
    outputs: report.outputs,
    ...costOf(cost),
  };
}

function print(document: Document, report: RunReport): void {
  const out = (line: string): void => void process.stdout.write(`${line}\n`);
  out(renderTree([...report.resources.values()]));
  const { create, update, replace, delete: gone, same } = document.changes;
  out(`\nstack ${document.stack}: ${document.resources.length} resources`);
  out(
    `  ${create} to create, ${update} to update, ${replace} to replace, ${gone} to delete, ${same} unchanged`,
  );
  for (const policy of document.policies) {
    for (const violation of policy.violations)
      out(`  [${policy.level}] ${policy.name}: ${violation.message} (${violation.urn})`);
  }
  const broken = document.policies.filter((policy) => policy.violations.length > 0).length;
  out(`  policies: ${document.policies.length} ran, ${broken} with violations`);
}

/** The arithmetic behind every size; the program gives it as its output `sizes`. */
function printSizes({ stack, outputs }: Document): void {
  const { sizes } = outputs;
  const lines = Array.isArray(sizes) ? sizes.map(String) : [];
  process.stdout.write(`sizes of stack ${stack}\n${lines.join("\n")}\n`);
}

/**
 * A preview needs no credentials and no running part. While a region of the same stack runs here,
 * the preview is against it and shows what an `up` would change; else it starts from nothing.
 */
async function withStack<T>(
  name: string,
  use: (stack: Awaited<ReturnType<typeof openStack>>) => Promise<T>,
): Promise<T> {
  const stateDir = stateDirectory();
  const running =
    holderOfState(stateDir) === undefined ? undefined : readRunningEnvironment(stateDir);
  if (running?.stack === name) {
    return use(
      await openStack({
        engineDir: join(stateDir, "engine"),
        stack: name,
        environment: running.environment,
      }),
    );
  }
  const scratch = mkdtempSync(join(tmpdir(), "securevpn-preview-"));
  const cloud = await openCloud({
    stateDir: scratch,
    addresses: addresses(),
    say: () => {},
    offline: true,
  });
  try {
    await cloud.serve();
    return await use(
      await openStack({
        engineDir: join(scratch, "engine"),
        stack: name,
        environment: cloud.environment(),
      }),
    );
  } finally {
    await cloud.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The preview of a change to what runs: backend, credentials and providers are the caller's. */
async function withDeployed<T>(
  name: string,
  use: (stack: Awaited<ReturnType<typeof openStack>>) => Promise<T>,
): Promise<T> {
  const workDir = mkdtempSync(join(tmpdir(), "securevpn-preview-"));
  try {
    return await use(await selectDeployed({ stack: name, workDir }));
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

command(async () => {
  const options = {
    json: { type: "boolean", default: false },
    deployed: { type: "boolean", default: false },
    "explain-sizes": { type: "boolean", default: false },
  } as const;
  const usage = "npm run preview -- STACK [--deployed] [--json | --explain-sizes]";
  const { values, positionals } = parseCommand(usage, options, { min: 1, max: 1 });
  const name = positionals[0] ?? "";
  const open = values.deployed ? withDeployed : withStack;
  return open(name, async (stack) => {
    const { result, cost } = await withEstimate(stack, () =>
      preview(stack).then(
        (ok) => ({ report: ok, failure: undefined }),
        (error: unknown) => {
          if (error instanceof EngineError) return { report: error.report, failure: error };
          throw error;
        },
      ),
    );
    const { report, failure } = result;
    const document = await documentOf(name, report, cost);
    if (values.json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    else if (failure === undefined && values["explain-sizes"]) printSizes(document);
    else if (failure === undefined) print(document, report);
    if (failure !== undefined) process.stderr.write(`\nerror: ${failure.message}\n`);
    return failure === undefined ? 0 : 1;
  });
});
