import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation/index.js";
import YAML from "yaml";
import { writeFileAtomically } from "../cloud/store.ts";
import { keepCheckpoint, restoreCheckpoint } from "./checkpoint.ts";

export const PROJECT_ROOT = join(import.meta.dirname, "..", "..");

/** Keys of a stack file that tie it to a secrets provider of its own; the scratch copy has another. */
const SECRETS_KEYS = ["secretsprovider", "encryptedkey", "encryptionsalt"];

/** Names of the stacks that have a file in the project's root. */
export function stackNames(root = PROJECT_ROOT): string[] {
  return readdirSync(root)
    .map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1])
    .filter((name) => name !== undefined)
    .sort();
}

/** The passphrase of the embedded backend's secrets: made once, kept beside the state, owner only. */
function passphrase(engineDir: string): string {
  const file = join(engineDir, "passphrase");
  if (!existsSync(file)) writeFileAtomically(file, randomBytes(24).toString("base64url"));
  return readFileSync(file, "utf8");
}

/** Fails with the names that there are when the project has no file for this stack. */
export function assertStackFile(stack: string, root = PROJECT_ROOT): void {
  const names = stackNames(root);
  if (names.includes(stack)) return;
  throw new Error(
    `no stack "${stack}": there is no Pulumi.${stack}.yaml. Stacks: ${names.join(", ")}.`,
  );
}

/** Copies Pulumi.yaml to `directory`, with `main` absolute, so that nothing tracked changes. */
export function copyProjectFile(directory: string, root: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const project = YAML.parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as Record<
    string,
    unknown
  >;
  project["main"] = join(root, "infra", "index.ts");
  writeFileAtomically(join(directory, "Pulumi.yaml"), YAML.stringify(project));
}

/** Copies the project and all stack files, without the secrets providers of the originals. */
function copyProject(
  directory: string,
  root: string,
  overrides: Readonly<Record<string, unknown>>,
): void {
  copyProjectFile(directory, root);
  for (const name of stackNames(root)) {
    const file = `Pulumi.${name}.yaml`;
    const stack = (YAML.parse(readFileSync(join(root, file), "utf8")) ?? {}) as Record<
      string,
      unknown
    >;
    for (const key of SECRETS_KEYS) delete stack[key];
    const salt = saltOf(join(directory, file));
    if (salt !== undefined) stack["encryptionsalt"] = salt;
    stack["config"] = { ...(stack["config"] as object | undefined), ...overrides };
    writeFileAtomically(join(directory, file), YAML.stringify(stack));
  }
}

/** The salt that `stack init` wrote into an earlier copy; without it old secrets cannot be read. */
function saltOf(file: string): unknown {
  if (!existsSync(file)) return undefined;
  return ((YAML.parse(readFileSync(file, "utf8")) ?? {}) as Record<string, unknown>)[
    "encryptionsalt"
  ];
}

export interface EngineOptions {
  /** Folder of the engine's own things: backend, home, scratch project. */
  readonly engineDir: string;
  readonly stack: string;
  /** Environment that attaches the providers. */
  readonly environment: Readonly<Record<string, string>>;
  /** Config values laid over the stack file, for tests and previews of a change. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly root?: string;
}

/** Variables with which `pulumi`, typed by hand or driven by a script, works on this backend. */
export function engineEnvironment(engineDir: string): Record<string, string> {
  mkdirSync(join(engineDir, "backend"), { recursive: true, mode: 0o700 });
  mkdirSync(join(engineDir, "home"), { recursive: true, mode: 0o700 });
  return {
    PULUMI_HOME: join(engineDir, "home"),
    PULUMI_BACKEND_URL: `file://${join(engineDir, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase(engineDir),
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
    PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "1",
  };
}

/** The CLI on PATH; `bin/pulumi` in this folder gives it a death signal. */
export function guardedCli(): Promise<PulumiCommand> {
  return PulumiCommand.get({ root: import.meta.dirname, skipVersionCheck: true });
}

/** The stack, ready to be previewed or brought up; made in the backend when it is new. */
export async function openStack(options: EngineOptions): Promise<Stack> {
  const root = options.root ?? PROJECT_ROOT;
  assertStackFile(options.stack, root);
  const envVars = { ...engineEnvironment(options.engineDir), ...options.environment };
  const workDir = join(options.engineDir, "project");
  copyProject(workDir, root, options.config ?? {});
  const pulumiCommand = await guardedCli();
  const pulumiHome = join(options.engineDir, "home");
  const workspace = await LocalWorkspace.create({ workDir, pulumiHome, pulumiCommand, envVars });
  return Stack.createOrSelect(options.stack, workspace);
}

/**
 * Brings a stack that a killed update left behind back to where `up` can go on: frees the engine's
 * lock (the caller holds the state folder, so no other engine runs) and drops creates that were
 * under way; the cloud's creates are idempotent by URN, so the next `up` finds what they made.
 */
export async function repairStack(
  stack: Stack,
  engineDir: string,
  say: (line: string) => void,
): Promise<void> {
  const locks = join(engineDir, "backend", ".pulumi", "locks");
  if (
    existsSync(locks) &&
    readdirSync(locks, { recursive: true }).some((file) => String(file).endsWith(".json"))
  ) {
    say("an earlier update was killed; its lock is removed");
    rmSync(locks, { recursive: true, force: true });
  }
  restoreCheckpoint(engineDir, "securevpn", stack.name, say);
  keepCheckpoint(engineDir, "securevpn", stack.name);
  const state = await stack.exportStack();
  const deployment = state.deployment as { pending_operations?: readonly unknown[] } | undefined;
  const pending = deployment?.pending_operations ?? [];
  if (pending.length === 0) return;
  say(
    `an earlier update was killed in the middle of ${pending.length} operations; looking at what is there`,
  );
  await stack.refresh({ clearPendingCreates: true, color: "never" });
}
