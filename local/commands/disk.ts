import { existsSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const MIB = 1024 * 1024;
/** Below this the parts fail sooner or later, each in words of its own, or wait for ever. */
const NEARLY_FULL_BYTES = 16 * MIB;
const LOOK_EVERY_MS = 1_000;
/** Given free when the disk is full: the engine then writes its last state whole, the databases theirs. */
const RESERVE_BYTES = 32 * MIB;
const RESERVE_FILE = "reserve";

/** Space that is left for us where the folder is, or will be. */
export function freeBytes(folder: string): number {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return bavail * bsize;
}

/** `512 MiB`. */
export const mebibytes = (bytes: number): string => `${Math.floor(bytes / MIB)} MiB`;

export const isNearlyFull = (folder: string): boolean => freeBytes(folder) <= NEARLY_FULL_BYTES;

/** The disk is full; `consequence` is what failed of it, where something did. */
export class DiskFullError extends Error {
  constructor(folder: string, consequence?: string) {
    super(
      `the disk of ${folder} is full (${mebibytes(freeBytes(folder))} are free). ` +
        "Make room and start again: it goes on where it was." +
        (consequence === undefined ? "" : `\n  (${consequence})`),
    );
  }
}

function holdReserve(folder: string): void {
  const file = join(folder, RESERVE_FILE);
  if (statSync(file, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return;
  writeFileSync(file, Buffer.alloc(RESERVE_BYTES), { mode: 0o600 });
}

/**
 * Looks at the disk while a region runs. When it is full, a reserve is given free for an end in order
 * and `onFull` is told, once. Answers how to end that.
 */
export function watchDisk(folder: string, onFull: (failure: DiskFullError) => void): () => void {
  holdReserve(folder);
  const timer = setInterval(() => {
    if (!isNearlyFull(folder)) return;
    clearInterval(timer);
    const failure = new DiskFullError(folder);
    rmSync(join(folder, RESERVE_FILE), { force: true });
    onFull(failure);
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
