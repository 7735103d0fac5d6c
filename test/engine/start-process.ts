import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { holderOfState } from "../../local/cloud/lock.ts";
import { readStatus } from "../../local/cloud/status.ts";

export const ROOT = join(import.meta.dirname, "..", "..");
/** Neither a developer's slot nor that of the other engine tests. */
export const FAULTS_SLOT = "2";
const POLL_MS = 20;

export interface CommandOptions {
  readonly stateDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs the rest of its arguments: a machine with less, say. */
  readonly prefix?: readonly string[];
}

const running = new Set<ChildProcess>();

/** Kills what a failed test left running. */
export async function endAll(): Promise<void> {
  const ends = [...running].map((child) => once(child, "close"));
  for (const child of running) child.kill("SIGTERM");
  await Promise.all(ends);
}

/** One of the project's commands as a person starts it: set-up, then the script, in processes of their own. */
export class CommandProcess {
  readonly child: ChildProcess;
  readonly stateDir: string;
  stdout = "";
  stderr = "";
  readonly #ended: Promise<number | null>;

  constructor(
    script: string,
    args: readonly string[],
    { stateDir, env = {}, prefix = [] }: CommandOptions,
  ) {
    this.stateDir = stateDir;
    const setUp = [process.execPath, join(ROOT, "local/setup/run.mjs")];
    const [command = "", ...rest] = [...prefix, ...setUp, `local/commands/${script}.ts`, ...args];
    this.child = spawn(command, rest, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, SECUREVPN_SLOT: FAULTS_SLOT, SECUREVPN_STATE: stateDir, ...env },
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    running.add(this.child);
    this.#ended = new Promise((resolve) => this.child.once("close", resolve));
    void this.#ended.then(() => running.delete(this.child));
  }

  get output(): string {
    return this.stdout + this.stderr;
  }

  /** Resolves with the exit code; the output is whole then. */
  exit(): Promise<number | null> {
    return this.#ended;
  }

  /** Waits for a condition; the end of the process before it is a failure that shows the output. */
  async until(what: string, condition: () => boolean): Promise<void> {
    let ended = false;
    void this.#ended.then(() => (ended = true));
    while (!condition()) {
      assert.ok(!ended, `it ended before ${what}:\n${this.output}`);
      await sleep(POLL_MS);
    }
  }

  untilSays(pattern: RegExp): Promise<void> {
    return this.until(String(pattern), () => pattern.test(this.output));
  }

  /** Process id of the script itself, which holds the state folder. */
  async scriptPid(): Promise<number> {
    await this.until("it holds the state folder", () => holderOfState(this.stateDir) !== undefined);
    return holderOfState(this.stateDir)?.pid ?? assert.fail("the lock went away");
  }

  /** What the script has written about itself; undefined while the file is an earlier run's. */
  status(): ReturnType<typeof readStatus> {
    const status = readStatus(this.stateDir);
    return status?.pid === holderOfState(this.stateDir)?.pid ? status : undefined;
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    process.kill(await this.scriptPid(), signal);
    return this.exit();
  }
}

export const start = (
  stateDir: string,
  args: readonly string[] = [],
  prefix: readonly string[] = [],
): CommandProcess => new CommandProcess("start", args, { stateDir, prefix });

/** Runs a command to its end. */
export async function run(
  script: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<{ code: number | null; stdout: string; output: string }> {
  const command = new CommandProcess(script, args, options);
  const code = await command.exit();
  return { code, stdout: command.stdout, output: command.output };
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Living processes that the region of a folder started: they name it in their arguments or environment. */
export function processesOf(stateDir: string): string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) =>
      [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some((file) =>
        read(file).includes(stateDir),
      ),
    )
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`);
}

/** Network namespaces of the faults' slot. */
export function namespaces(): string[] {
  return existsSync("/run/netns")
    ? readdirSync("/run/netns").filter((name) => name.startsWith(`svpn${FAULTS_SLOT}-`))
    : [];
}

/** What a start leaves may take a moment to end after the start itself was killed; it must end. */
export async function assertNothingLeft(stateDir: string, patienceMs = 60_000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline && processesOf(stateDir).length + namespaces().length > 0)
    await sleep(POLL_MS);
  assert.deepEqual(
    { processes: processesOf(stateDir), namespaces: namespaces() },
    { processes: [], namespaces: [] },
  );
}
