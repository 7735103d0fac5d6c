import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";

/** Below this a failure may well be the disk's, whatever the part that failed said. */
const NEARLY_FULL_BYTES = 16 * 1024 * 1024;
const MIB = 1024 * 1024;

/** Space that is left for us where the folder is, or will be. */
export function freeBytes(folder: string): number {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return bavail * bsize;
}

/** `512 MiB`. */
export const mebibytes = (bytes: number): string => `${Math.floor(bytes / MIB)} MiB`;

function codeOf(failure: unknown): unknown {
  return failure instanceof Error && "code" in failure ? failure.code : undefined;
}

/** What a person is told of a failure. The disk is looked at: parts that meet a full one say so only in their logs. */
export function explain(failure: unknown, stateDir: string): string {
  const message = failure instanceof Error ? failure.message : String(failure);
  const code = codeOf(failure);
  if (code === "EACCES" || code === "EROFS") {
    return `${message}. Set SECUREVPN_STATE to a folder that this user may write to.`;
  }
  const free = freeBytes(stateDir);
  if (code !== "ENOSPC" && free > NEARLY_FULL_BYTES) return message;
  return (
    `the disk of ${stateDir} is full (${mebibytes(free)} are free). ` +
    `Make room and start again: it goes on where it was.\n  (${message})`
  );
}
