import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Part } from "../cloud/parts.ts";
import { holderOfState } from "../cloud/lock.ts";
import { readStatus } from "../cloud/status.ts";
import { parseCommand, stateDirectory, UsageError } from "./arguments.ts";
import { command } from "./command.ts";
import { endOf, interrupted, type Interruption } from "./interrupt.ts";

const TAIL_BYTES = 16 * 1024;
const POLL_MS = 300;

interface Followed {
  readonly label: string;
  readonly path: string;
  position: number;
}

/** Prints what a log has gained since the last look; a log that was cut is read from its start. */
function printNew(log: Followed, prefix: boolean): void {
  if (!existsSync(log.path)) return;
  const fd = openSync(log.path, "r");
  try {
    const { size } = fstatSync(fd);
    if (size < log.position) log.position = 0;
    if (size === log.position) return;
    const buffer = Buffer.alloc(size - log.position);
    const read = readSync(fd, buffer, 0, buffer.length, log.position);
    const text = buffer.subarray(0, read).toString("utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1) || text;
    log.position += Buffer.byteLength(whole);
    for (const line of whole.split("\n").filter((l) => l !== "")) {
      process.stdout.write(prefix ? `${log.label} | ${line}\n` : `${line}\n`);
    }
  } finally {
    closeSync(fd);
  }
}

/** Parts with a log whose name, or what stands behind its kind, begins so. */
function wanted(parts: readonly Part[], name: string): Part[] {
  const logged = parts.filter((part) => part.logFile !== undefined);
  if (name === "all") return logged;
  return logged.filter(
    (part) => part.name.startsWith(name) || part.name.split("/")[1]?.startsWith(name),
  );
}

/** A part that comes later is followed too; at the beginning there must be one. */
function assertKnown(parts: readonly Part[], name: string): void {
  if (wanted(parts, name).length > 0) return;
  if (parts.length === 0) throw new UsageError('No region ran here. Start one with "npm start".');
  const names = wanted(parts, "all").map((part) => part.name);
  throw new UsageError(`no part "${name}" has a log. Parts: all, ${names.join(", ")}`);
}

/** The beginning of a log that has grown long is left out. */
function follow(part: Part): Followed {
  const path = part.logFile ?? "";
  const size = existsSync(path) ? statSync(path).size : 0;
  return { label: part.name, path, position: Math.max(0, size - TAIL_BYTES) };
}

command(async () => {
  const usage = "npm run logs -- [PART|all] [--no-follow]";
  const options = { "no-follow": { type: "boolean", default: false } } as const;
  const { values, positionals } = parseCommand(usage, options, { min: 0, max: 1 });
  const name = positionals[0] ?? "all";
  const stateDir = stateDirectory();
  const parts = (): readonly Part[] => readStatus(stateDir)?.parts ?? [];
  assertKnown(parts(), name);
  const followed = new Map<string, Followed>();
  const look = (): void => {
    for (const part of wanted(parts(), name)) {
      if (!followed.has(part.logFile ?? "")) followed.set(part.logFile ?? "", follow(part));
    }
    for (const log of followed.values()) printNew(log, followed.size > 1);
  };
  look();
  if (values["no-follow"]) return 0;
  let stopped: Interruption | undefined;
  void interrupted().then((interruption) => (stopped = interruption));
  while (stopped === undefined && holderOfState(stateDir) !== undefined) {
    await delay(POLL_MS);
    look();
  }
  return stopped === undefined ? 0 : endOf(stopped);
});
