import { readdirSync, readFileSync } from "node:fs";

/**
 * Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat), which tells a reused
 * pid from the process that had it before; undefined when it has ended.
 *
 * A zombie has ended only once its other threads have: until then they keep its sockets, so a killed
 * server that is a zombie already may still accept a connection, and hold its port.
 */
export function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const hasEnded = fields[0] === "Z" && readdirSync(`/proc/${pid}/task`).length <= 1;
    return hasEnded ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Whether a process runs: it may be on its way out, but still holds what it had open. */
export const isRunning = (pid: number): boolean => startTicksOf(pid) !== undefined;
