import { DiskFullError, isNearlyFull } from "./disk.ts";

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
  if (failure instanceof DiskFullError) return message;
  if (code !== "ENOSPC" && !isNearlyFull(stateDir)) return message;
  return new DiskFullError(stateDir, message).message;
}
