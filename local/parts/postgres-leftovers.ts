import { readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const PATIENCE_MS = 20_000;
const POLL_MS = 50;

/** Every process of a PostgreSQL server works in its data directory. */
function worksIn(pid: string, dataDir: string): boolean {
  try {
    // A process that is ending, or a zombie that nobody has reaped yet, has no such link any more.
    return readlinkSync(`/proc/${pid}/cwd`) === dataDir;
  } catch {
    return false;
  }
}

const isServer = (pid: string): boolean => {
  try {
    return /^postgres/.test(readFileSync(`/proc/${pid}/comm`, "utf8"));
  } catch {
    return false;
  }
};

const serversIn = (dataDir: string): string[] =>
  readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && isServer(pid) && worksIn(pid, dataDir));

/**
 * Clears what a killed run left of a server: waits until the last of its processes has ended, then
 * removes its lock file. PostgreSQL itself would take a zombie for a running server, and backends need
 * a moment to see that their postmaster is gone. The caller owns the folder: no other server starts.
 */
export async function clearLeftovers(dataDir: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  let left = serversIn(dataDir);
  while (left.length > 0 && Date.now() < deadline) {
    await delay(POLL_MS);
    left = serversIn(dataDir);
  }
  if (left.length > 0) {
    throw new Error(
      `a PostgreSQL server of an earlier run still works in ${dataDir} (process ${left.join(", ")}). Stop it and start again.`,
    );
  }
  rmSync(join(dataDir, "postmaster.pid"), { force: true });
}
