import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, it } from "mocha";

const SCRIPT = join(import.meta.dirname, "waits.ts");
/** Much longer than the time within which signals are one: they may arrive late. */
const MEANT_AGAIN_MS = 900;

interface Waiting {
  readonly child: ChildProcess;
  readonly errors: () => string;
  readonly ended: Promise<number | null>;
}

describe("stopping what runs until it is stopped", () => {
  const started: ChildProcess[] = [];

  afterEach(() => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
  });

  async function waiting(command: string, args: readonly string[]): Promise<Waiting> {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    started.push(child);
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    return { child, errors: () => errors, ended };
  }

  const waits = (stoppingMs: number): Promise<Waiting> =>
    waiting(process.execPath, [SCRIPT, String(stoppingMs)]);

  it("one Ctrl-C is an ordinary end", async () => {
    const { child, errors, ended } = await waits(0);
    child.kill("SIGINT");
    assert.equal(await ended, 0);
    assert.match(
      errors(),
      /SIGINT: stopping in order \(a third Ctrl-C leaves at once\)\nstopped in order/,
    );
  });

  it("another signal is told to the shell", async () => {
    const { child, ended } = await waits(0);
    child.kill("SIGTERM");
    assert.equal(await ended, 143);
  });

  it("one Ctrl-C that comes four times is one", async () => {
    const { child, errors, ended } = await waits(800);
    for (let times = 0; times < 4; times++) {
      child.kill("SIGINT");
      await sleep(20);
    }
    assert.equal(await ended, 0);
    assert.match(errors(), /stopped in order/);
  });

  it("a third one that is meant leaves at once", async () => {
    const { child, errors, ended } = await waits(15_000);
    for (let times = 0; times < 3; times++) {
      child.kill("SIGINT");
      await sleep(MEANT_AGAIN_MS);
    }
    assert.equal(await ended, 130);
    assert.doesNotMatch(errors(), /stopped in order/);
  });

  it("a reader that goes away stops it, though it writes nothing more", async () => {
    const piped = `{ "$@"; echo "code $?" >&2; } | head -1`;
    const { errors, ended } = await waiting("sh", [
      ...["-c", piped, "sh", process.execPath, SCRIPT, "0"],
    ]);
    await ended;
    assert.match(errors(), /stopped in order\ncode 141/);
  });
});
