import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { Part } from "../cloud/parts.ts";
import { holderOfState } from "../cloud/lock.ts";
import { readStatus } from "../cloud/status.ts";
import { parseCommand, stateDirectory, UsageError } from "./arguments.ts";
import { command } from "./command.ts";

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

function wanted(parts: readonly Part[], name: string | undefined): Part[] {
  const logged = parts.filter((part) => part.logFile !== undefined);
  if (name === undefined || name === "all") return logged;
  const found = logged.filter(
    (part) =>
      part.name === name || part.name.startsWith(name) || part.name.split("/")[1]?.startsWith(name),
  );
  if (found.length === 0) {
    throw new UsageError(
      `no part "${name}" has a log. Parts: all, ${logged.map((part) => part.name).join(", ")}`,
    );
  }
  return found;
}

command(async () => {
  const usage = "npm run logs -- [PART|all] [--no-follow]";
  const options = { "no-follow": { type: "boolean", default: false } } as const;
  const { values, positionals } = parseCommand(usage, options, { min: 0, max: 1 });
  const stateDir = stateDirectory();
  const followed = new Map<string, Followed>();
  const look = (): void => {
    for (const part of wanted(readStatus(stateDir)?.parts ?? [], positionals[0])) {
      const path = part.logFile ?? "";
      if (followed.has(path)) continue;
      const size = existsSync(path) ? statSync(path).size : 0;
      followed.set(path, { label: part.name, path, position: Math.max(0, size - TAIL_BYTES) });
    }
    for (const log of followed.values()) printNew(log, followed.size > 1);
  };
  look();
  if (values["no-follow"]) return 0;
  while (holderOfState(stateDir) !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    look();
  }
  return 0;
});
