import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const isWhole = (file: string): boolean => {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
};

/**
 * The engine writes a stack's state in place, so a kill or a full disk in the middle leaves half a
 * file, which no engine reads again. Beside it lies the state before its last step: put that back.
 * What the step made is found again by the next `up`, since creates are idempotent by URN.
 */
export function restoreCheckpoint(
  engineDir: string,
  project: string,
  stack: string,
  say: (line: string) => void,
): void {
  const file = join(engineDir, "backend", ".pulumi", "stacks", project, `${stack}.json`);
  if (!existsSync(file) || isWhole(file)) return;
  const backup = `${file}.bak`;
  if (!isWhole(backup)) {
    throw new Error(
      `the engine's state ${file} is cut off, and so is its backup ${backup}. What runs is found by no engine again: begin anew with --fresh.`,
    );
  }
  copyFileSync(backup, file);
  say("an earlier update was killed while it wrote its state; it goes on from the step before");
}
