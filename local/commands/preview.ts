import { withEstimate, type CostReport } from "../engine/cost.ts";
import { knownPolicies } from "../engine/policies.ts";
import type { PolicyReport, RunReport } from "../engine/report.ts";
import { componentTable, policyLine, worthALook, type Plan } from "../engine/review.ts";
import { EngineError, preview } from "../engine/run.ts";
import { renderTree } from "../engine/tree.ts";
import { costTable, differenceLines } from "../../policies/cost/table.ts";
import { parseCommand } from "./arguments.ts";
import { command } from "./command.ts";
import { withDeployed, withStack } from "./with-stack.ts";

interface Document extends CostReport {
  readonly stack: string;
  readonly resources: unknown[];
  readonly changes: RunReport["changes"];
  /** What the run would do to each resource that does not stay as it is. */
  readonly steps: readonly { readonly urn: string; readonly op: string }[];
  readonly policies: readonly PolicyReport[];
  readonly outputs: Record<string, unknown>;
}

async function documentOf(stack: string, report: RunReport, cost: CostReport): Promise<Document> {
  return {
    stack,
    resources: [...report.resources.values()],
    changes: report.changes,
    steps: [...report.steps].map(([urn, op]) => ({ urn, op })),
    policies: report.policies(await knownPolicies()),
    outputs: report.outputs,
    ...cost,
  };
}

const out = (line: string): void => void process.stdout.write(`${line}\n`);

interface Shown {
  readonly tree: boolean;
  /** What stops the run follows as the command's error. */
  readonly refused: boolean;
}

/** Counts by component and what is worth a look; where the engine refused, as far as it came. */
function print(document: Document, report: RunReport, { tree, refused }: Shown): void {
  const resources = [...report.resources.values()];
  if (tree) out(`${renderTree(resources)}\n`);
  const { create, update, replace, delete: gone, same } = document.changes;
  out(`stack ${document.stack}: ${resources.length} resources`);
  out(
    `  ${create} to create, ${update} to update, ${replace} to replace, ${gone} to delete, ${same} unchanged`,
  );
  const plan: Plan = { resources, gone: [...report.gone.values()], steps: report.steps };
  out(`\n${componentTable(plan).join("\n")}`);
  const told = document.policies.map((policy) =>
    refused && policy.level === "mandatory" ? { ...policy, violations: [] } : policy,
  );
  const notes = worthALook(plan, told, document.cost?.unpriced ?? []);
  out(["\nworth a look", ...(notes.length > 0 ? notes : ["  nothing"])].join("\n"));
  out(policyLine(document.policies));
}

function printCost({ stack, cost, costError, costDifference }: Document): void {
  const lines = [
    ...(cost === undefined ? [] : [costTable([{ stack, cost }])]),
    ...(costDifference === undefined ? [] : differenceLines(costDifference)),
    ...(costError === undefined ? [] : [`cost of stack ${stack}: not priced: ${costError}`]),
  ];
  if (lines.length > 0) process.stdout.write(`\n${lines.join("\n")}\n`);
}

/** The arithmetic behind every size; the program gives it as its output `sizes`. */
function printSizes({ stack, outputs }: Document): void {
  const { sizes } = outputs;
  const lines = Array.isArray(sizes) ? sizes.map(String) : [];
  process.stdout.write(`sizes of stack ${stack}\n${lines.join("\n")}\n`);
}

command(async () => {
  const options = {
    json: { type: "boolean", default: false },
    deployed: { type: "boolean", default: false },
    tree: { type: "boolean", default: false },
    "explain-sizes": { type: "boolean", default: false },
  } as const;
  const usage = "npm run preview -- STACK [--deployed] [--tree | --json | --explain-sizes]";
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
    else {
      print(document, report, { tree: values.tree, refused: failure !== undefined });
      printCost(document); // also where a policy stops the run: the budget may be why
    }
    if (failure !== undefined) process.stderr.write(`\nerror: ${failure.message}\n`);
    return failure === undefined ? 0 : 1;
  });
});
