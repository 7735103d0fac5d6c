import { withEstimate, type CostReport } from "../engine/cost.ts";
import { knownPolicies } from "../engine/policies.ts";
import { renderTree, type RunReport } from "../engine/report.ts";
import { EngineError, preview } from "../engine/run.ts";
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
  readonly policies: ReturnType<RunReport["policies"]>;
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
    else {
      if (failure === undefined) print(document, report);
      printCost(document); // also where a policy stops the run: the budget may be why
    }
    if (failure !== undefined) process.stderr.write(`\nerror: ${failure.message}\n`);
    return failure === undefined ? 0 : 1;
  });
});
