import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTicksOf } from "./running.ts";

/** Name of the lock in a state folder. */
export const LOCK_FILE = "lock.json";

interface Holder {
  readonly pid: number;
  /** Start time of the process in clock ticks since boot: tells a reused pid from the holder. */
  readonly startTicks: string;
  readonly what: string;
  readonly since: string;
  readonly stateDir: string;
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

/** Who holds the state folder now; undefined when nobody does (a stale lock counts as nobody). */
export function holderOfState(
  stateDir: string,
): { pid: number; what: string; since: string } | undefined {
  return livingHolder(join(stateDir, LOCK_FILE));
}

function livingHolder(file: string): Holder | undefined {
  const holder = readHolder(file);
  return holder === undefined || startTicksOf(holder.pid) !== holder.startTicks
    ? undefined
    : holder;
}

/**
 * Removes a lock whose process is gone. Another start may do the same at this moment and already hold
 * a new lock: what was moved aside is looked at once more, and put back when it is alive.
 */
function removeStale(file: string): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return; // the other start was faster
  }
  try {
    if (livingHolder(aside) !== undefined) linkSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Takes the state folder for this process. Two starts at once: the second gets an error that says
 * where the first runs. A lock whose process is gone (kill -9, a reboot) is taken over.
 */
export function lockState(stateDir: string, what: string): () => void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  return takeLock(join(stateDir, LOCK_FILE), what, stateDir);
}

/** Takes a slot's addresses on this machine: two regions with state folders of their own share them. */
export function lockSlot(slot: number, what: string, stateDir: string): () => void {
  const file = join(tmpdir(), `securevpn-${process.getuid?.() ?? 0}-slot-${slot}.json`);
  return takeLock(file, what, stateDir, OTHER_SLOT);
}

const OTHER_SLOT = ", or set SECUREVPN_SLOT to another number from 0 to 9 for a second region";

function takeLock(file: string, what: string, stateDir: string, advice = ""): () => void {
  const mine: Holder = {
    pid: process.pid,
    startTicks: startTicksOf(process.pid) ?? "",
    what,
    since: new Date().toISOString(),
    stateDir,
  };
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        linkSync(draft, file); // link fails when the name exists: taking the lock is one step
        return () => {
          if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true });
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        const holder = livingHolder(file);
        if (holder !== undefined) {
          throw new Error(
            `${holder.what} already runs as process ${holder.pid} since ${holder.since} on ${holder.stateDir}. ` +
              `Stop it with Ctrl-C in its terminal or "kill ${holder.pid}"${advice}; "npm run status" shows it.`,
          );
        }
        removeStale(file);
      }
    }
    throw new Error(
      `cannot take the lock ${file}; another start took it at the same moment. Try again.`,
    );
  } finally {
    rmSync(draft, { force: true });
  }
}
