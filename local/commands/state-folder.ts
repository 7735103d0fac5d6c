import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOCK_FILE } from "../cloud/lock.ts";
import { UsageError } from "./arguments.ts";
import { freeBytes, mebibytes } from "./disk.ts";

/** Layout of the state folder; a folder of another version is refused, not misread. */
const STATE_VERSION = "1";
const VERSION_FILE = "version";

/** A new region fills about half of this, a day of its logs and WAL the rest. */
const ROOM_FOR_NEW_BYTES = 700 * 1024 * 1024;
const ROOM_FOR_OLD_BYTES = 100 * 1024 * 1024;

/** What a start writes before it writes the version, and what a file system has of its own. */
const HARMLESS = /^(lock\.json.*|lost\+found|.*\.tmp)$/;
/** A file that a process was about to rename; its number is in the name. */
const DRAFT = /\.(\d+)(\.tmp|\.stale)?$/;

function removeOldDrafts(stateDir: string): void {
  for (const name of readdirSync(stateDir)) {
    const pid = DRAFT.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(stateDir, name));
  }
}

/**
 * Makes the folder this version's. Refused: a folder of another version, and one with files that no
 * start wrote, since `--fresh` and destroy empty the folder.
 */
export function claimFolder(stateDir: string): void {
  const file = join(stateDir, VERSION_FILE);
  const known = existsSync(file);
  const others = readdirSync(stateDir).filter((name) => !HARMLESS.test(name));
  if (!known && others.length > 0) {
    throw new UsageError(
      `${stateDir} holds files that are not a region's (${others.slice(0, 3).join(", ")}). ` +
        "Set SECUREVPN_STATE to a new or empty folder.",
    );
  }
  removeOldDrafts(stateDir);
  const found = known ? readFileSync(file, "utf8").trim() : "";
  if (found === STATE_VERSION) return;
  if (found !== "") {
    throw new UsageError(
      `${stateDir} was written by another version of this project (layout ${found}, this one is ${STATE_VERSION}). ` +
        'Start with that version, or begin anew with "npm start -- --fresh".',
    );
  }
  writeFileSync(file, `${STATE_VERSION}\n`, { mode: 0o600 }); // new, or killed in this very line
}

/** A region that meets a full disk half-way fails in its parts, each in words of its own. */
export function assertRoom(stateDir: string): void {
  const needed = existsSync(join(stateDir, "parts")) ? ROOM_FOR_OLD_BYTES : ROOM_FOR_NEW_BYTES;
  const free = freeBytes(stateDir);
  if (free >= needed) return;
  throw new UsageError(
    `the disk of ${stateDir} has ${mebibytes(free)} free, and a region needs ${mebibytes(needed)}. ` +
      "Make room, or set SECUREVPN_STATE to a folder on another disk; then start again.",
  );
}

/** Removes everything of the region but the lock that the caller holds. */
export function clearFolder(stateDir: string): void {
  if (!existsSync(join(stateDir, VERSION_FILE))) return; // not a region's, or nothing in it yet
  for (const name of readdirSync(stateDir)) {
    if (name === LOCK_FILE || name === VERSION_FILE) continue;
    rmSync(join(stateDir, name), { recursive: true, force: true });
  }
  rmSync(join(stateDir, VERSION_FILE)); // last: until then the folder is known to be a region's
}
