import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LocalWorkspace, Stack, StackNotFoundError } from "@pulumi/pulumi/automation/index.js";
import YAML from "yaml";
import { writeFileAtomically } from "../cloud/store.ts";
import { complaint } from "./report.ts";
import { assertStackFile, copyProjectFile, guardedCli, PROJECT_ROOT } from "./workspace.ts";

export interface DeployedOptions {
  readonly stack: string;
  /** Folder for the copy of the project: whatever the engine writes, nothing tracked changes. */
  readonly workDir: string;
  /** Config values laid over the stack file, for the preview of a change. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly root?: string;
  /** Laid over the caller's environment, which names the backend, the account and the providers. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * The stack file as it is, so that secrets are read as `pulumi` typed by hand reads them
 * (`secretsprovider`, `encryptedkey`, `encryptionsalt`, and the values that they encrypt).
 */
function copyStackFile(options: DeployedOptions, root: string): void {
  const file = `Pulumi.${options.stack}.yaml`;
  const text = readFileSync(join(root, file), "utf8");
  const stack = (YAML.parse(text) ?? {}) as Record<string, unknown>;
  const config = { ...(stack["config"] as object | undefined), ...options.config };
  const copy = options.config === undefined ? text : YAML.stringify({ ...stack, config });
  writeFileAtomically(join(options.workDir, file), copy);
}

/**
 * A stack of the caller's own backend, with the caller's credentials and provider settings as
 * exported. It is never made here: a preview against an empty stack would look like a first
 * deployment, and leave one behind.
 */
export async function selectDeployed(options: DeployedOptions): Promise<Stack> {
  const root = options.root ?? PROJECT_ROOT;
  const environment: Record<string, string> = {
    PULUMI_SKIP_UPDATE_CHECK: "1",
    ...options.environment,
  };
  const backend = environment["PULUMI_BACKEND_URL"] ?? process.env["PULUMI_BACKEND_URL"] ?? "";
  assertStackFile(options.stack, root);
  if (backend === "") {
    throw new Error(
      "PULUMI_BACKEND_URL is not set: export the URL of the bucket that holds the state, e.g. s3://NAME?region=us-east-1.",
    );
  }
  copyProjectFile(options.workDir, root);
  copyStackFile(options, root);
  const workspace = await LocalWorkspace.create({
    workDir: options.workDir,
    pulumiCommand: await guardedCli(),
    envVars: environment,
  });
  try {
    return await Stack.select(options.stack, workspace);
  } catch (error) {
    if (!(error instanceof StackNotFoundError))
      throw new Error(`${backend} does not open:\n  ${complaint(error)}`, { cause: error });
    throw new Error(
      `no stack "${options.stack}" in ${backend}: it is not deployed. ` +
        `Make it with "pulumi stack init ${options.stack} --secrets-provider ..." (docs/add-a-region.md), or preview it from nothing without --deployed.`,
      { cause: error },
    );
  }
}
