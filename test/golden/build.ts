import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { runProgram, stackFile, type Program } from "../infra/support/program.ts";
import { RegisteredOptions } from "../infra/support/registered-options.ts";
import { Normaliser } from "./normalise.ts";

const ROOT = join(import.meta.dirname, "..", "..");

export interface GoldenResource {
  /** Type and name of the parent; the stack's own children have none. */
  readonly parent?: string;
  readonly protect?: true;
  readonly ignoreChanges?: readonly string[];
  readonly inputs: unknown;
}

/** What a stack is made of, by `type name`, sorted; only its own script writes it to a file. */
export interface Golden {
  readonly outputs: unknown;
  readonly resources: Readonly<Record<string, GoldenResource>>;
}

/** The stacks that have a golden file: every one that goes to AWS. */
export const goldenStacks = (): string[] =>
  readdirSync(ROOT)
    .flatMap((file) => /^Pulumi\.(prod.*)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();

export const goldenFile = (stack: string): string => join(import.meta.dirname, `${stack}.json`);

let runs = 0;

/**
 * Runs the whole program for a stack with the repository's own bundles. Under mocks: the engine's preview
 * knows no computed value and gives names at random, so it tells less and differs from run to run.
 */
export async function buildGolden(stack: string): Promise<Golden> {
  const options = new RegisteredOptions();
  const program = await runProgram(stack, async () => {
    options.watch();
    pulumi.runtime.setAllConfig(stackFile(stack));
    // A module runs once, so each run has an address of its own.
    return pulumi.runtime.runInPulumiStack(async () => {
      const exported: object = await import(`../../infra/index.ts?golden=${++runs}`);
      return { ...exported };
    });
  });
  return goldenOf(program, options);
}

function goldenOf(program: Program, options: RegisteredOptions): Golden {
  const normaliser = new Normaliser(program.resources);
  const made = program.resources.filter(({ type }) => type !== "pulumi:pulumi:Stack");
  const resources = made.map(({ type, name, inputs }): [string, GoldenResource] => {
    const { parent, protect, ignoreChanges } = options.of(type, name);
    return [
      `${type} ${name}`,
      {
        ...(parent === undefined ? {} : { parent }),
        ...(protect ? { protect } : {}),
        ...(ignoreChanges.length === 0 ? {} : { ignoreChanges }),
        inputs: normaliser.value(inputs),
      },
    ];
  });
  const sorted = resources.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { outputs: outputsOf(program, normaliser), resources: Object.fromEntries(sorted) };
}

/** The kubeconfig is a secret that mocks hand out open. */
function outputsOf(program: Program, normaliser: Normaliser): unknown {
  const outputs = Object.entries(Object(program.outputs));
  return normaliser.value(
    Object.fromEntries(
      outputs.map(([key, value]) => [key, key === "kubeconfig" ? "<secret>" : value]),
    ),
  );
}

export const renderGolden = (golden: Golden): string => `${JSON.stringify(golden, null, 1)}\n`;
