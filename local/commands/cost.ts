import { withEstimate, type CostReport } from "../engine/cost.ts";
import { EngineError, preview } from "../engine/run.ts";
import { stackNames } from "../engine/workspace.ts";
import { expiryWarning } from "../../policies/cost/prices.ts";
import { costTable, type StackCost } from "../../policies/cost/table.ts";
import { parseCommand, UsageError } from "./arguments.ts";
import { command, say } from "./command.ts";
import { withStack } from "./with-stack.ts";

interface Priced extends CostReport {
  readonly stack: string;
  readonly error?: string;
}

async function priceOf(name: string): Promise<Priced> {
  say(`pricing stack ${name}`);
  return withStack(name, async (stack) => {
    const { result, cost } = await withEstimate(stack, () =>
      preview(stack).then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof EngineError) return error.message;
          throw error;
        },
      ),
    );
    return { stack: name, ...cost, ...(result === undefined ? {} : { error: result }) };
  });
}

/** Previews every region that runs in AWS and shows what all of them cost together. */
command(async () => {
  const options = { json: { type: "boolean", default: false } } as const;
  const { values } = parseCommand("npm run cost [-- --json]", options);
  const names = stackNames().filter((name) => /^prod(-|$)/.test(name));
  if (names.length === 0) throw new UsageError("there is no Pulumi.prod*.yaml: nothing to price");
  const priced: Priced[] = [];
  // One at a time: each preview is an engine with its providers.
  for (const name of names) priced.push(await priceOf(name));
  const stacks = priced.flatMap(({ stack, cost }): StackCost[] =>
    cost === undefined ? [] : [{ stack, cost }],
  );
  if (values.json) process.stdout.write(`${JSON.stringify(priced, null, 2)}\n`);
  else if (stacks.length > 0) process.stdout.write(`${costTable(stacks)}\n`);
  const warning = expiryWarning(stacks[0]?.cost.validUntil ?? "", new Date());
  if (warning !== undefined) say(`\nwarning: ${warning}`);
  for (const { stack, costError } of priced)
    if (costError !== undefined) say(`\nstack ${stack} is not priced: ${costError}`);
  for (const { error } of priced) if (error !== undefined) say(`\nerror: ${error}`);
  return priced.some(({ error, costError }) => error ?? costError) ? 1 : 0;
});
