import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, it } from "mocha";
import { assertWithin, eventually } from "../../support/waiting.ts";
import { withLock } from "../../../local/setup/lock.mjs";
import { ROOT } from "../../../local/setup/tools.mjs";

const SCRIPT = "test/local/setup/script.ts";
/** Much longer than the time within which signals are one: they may arrive late. */
const MEANT_AGAIN_MS = 900;
const started: ChildProcess[] = [];

interface Run {
  readonly child: ChildProcess;
  readonly lines: unknown[];
  readonly errors: string[];
  /** Exit code, when all of its output has been read. */
  readonly ended: Promise<number | null>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [join(ROOT, "local", "setup", "run.mjs"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  const lines: unknown[] = [];
  const errors: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n").filter(Boolean)) lines.push(JSON.parse(line));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  return { child, lines, errors, ended: new Promise((resolve) => child.once("close", resolve)) };
}

async function firstLine(process: Run): Promise<{ pid: number; node: string; rest: string[] }> {
  while (process.lines.length === 0) {
    assert.equal(process.child.exitCode, null, process.errors.join(""));
    await sleep(20);
  }
  return process.lines[0] as { pid: number; node: string; rest: string[] };
}

describe("run.mjs, when all is set up", () => {
  afterEach(() => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
  });

  it("runs a TypeScript file on Node 24 with its arguments and exit code, and keeps stdout for it", async () => {
    const before = performance.now();
    const process = run(SCRIPT, "exit", "7", "--json", "a b");
    assert.equal(await process.ended, 7);
    const line = await firstLine(process);
    assert.ok(Number(line.node.split(".")[0]) >= 24);
    assert.deepEqual(line.rest, ["7", "--json", "a b"]);
    assert.equal(process.lines.length, 1);
    assertWithin("set-up that finds all done", performance.now() - before, 2_000);
  });

  it("passes one Ctrl-C on once, also when npm repeats it", async () => {
    const process = run(SCRIPT, "wait");
    await firstLine(process);
    process.child.kill("SIGINT");
    await sleep(20);
    process.child.kill("SIGINT");
    assert.equal(await process.ended, 42);
    assert.deepEqual(process.lines[1], { signal: "SIGINT", signals: 1 });
  });

  it("passes a second Ctrl-C on, when a person means it", async () => {
    const process = run(SCRIPT, "wait");
    await firstLine(process);
    process.child.kill("SIGINT");
    await sleep(MEANT_AGAIN_MS);
    process.child.kill("SIGINT");
    assert.equal(await process.ended, 42);
    assert.deepEqual(process.lines[1], { signal: "SIGINT", signals: 2 });
  });

  it("ends the script in order when it is itself killed with -9", async () => {
    const process = run(SCRIPT, "wait");
    const { pid } = await firstLine(process);
    process.child.kill("SIGKILL");
    await eventually("the script has ended", () => !existsSync(`/proc/${pid}`));
    // Linux may send it once for each thread of the parent that ends.
    assert.match(JSON.stringify(process.lines[1]), /"signal":"SIGTERM"/);
  });

  it("says how it is called", async () => {
    const process = run();
    assert.equal(await process.ended, 1);
    assert.match(process.errors.join(""), /usage: node local\/setup\/run\.mjs SCRIPT/);
  });
});

describe("the set-up lock", () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "securevpn-lock-"))));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("lets one at a time in, also after one has failed", async () => {
    const file = join(directory, "deep", "lock");
    const events: string[] = [];
    const work = (name: string, fail: boolean): Promise<void> =>
      withLock(file, "test", async () => {
        events.push(`${name} in`);
        await sleep(50);
        events.push(`${name} out`);
        if (fail) throw new Error("broken");
      });
    const results = await Promise.allSettled([work("a", true), work("b", false)]);
    assert.deepEqual(
      results.map((result) => result.status),
      ["rejected", "fulfilled"],
    );
    const [first = "", , third = ""] = events;
    assert.deepEqual(events, [
      first,
      first.replace("in", "out"),
      third,
      third.replace("in", "out"),
    ]);
  });

  it("is free again when its holder is killed with -9", async () => {
    const file = join(directory, "lock");
    const lock = join(ROOT, "local", "setup", "lock.mjs");
    const program = `const { withLock } = await import(${JSON.stringify(lock)});
      await withLock(${JSON.stringify(file)}, "test", () => new Promise(() => { console.log("held"); setInterval(() => {}, 1000); }));`;
    const holder = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    let taken = false;
    const mine = withLock(file, "test", () => Promise.resolve((taken = true)));
    await sleep(200);
    assert.equal(taken, false);
    holder.kill("SIGKILL");
    assert.equal(await mine, true);
  });
});
