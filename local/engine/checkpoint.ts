import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomically } from "../cloud/store.ts";

const isWhole = (file: string): boolean => {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
};

interface StackName {
  readonly engineDir: string;
  readonly project: string;
  readonly stack: string;
}

const inBackend = ({ engineDir, project }: StackName, folder: string): string =>
  join(engineDir, "backend", ".pulumi", folder, project);

const stateFile = (name: StackName): string =>
  join(inBackend(name, "stacks"), `${name.stack}.json`);

const keptFile = ({ engineDir, project, stack }: StackName): string =>
  join(engineDir, "kept", project, `${stack}.json`);

/** States that the engine has put aside after each update, the youngest first. */
function pastStates(name: StackName): string[] {
  return ["backups", "history"]
    .map((folder) => join(inBackend(name, folder), name.stack))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
    .filter((file) => /\.(\d+|checkpoint)\.json$/.test(file))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
}

/** Keeps a copy of a state that is known to be good, for the case that every other is cut off. */
export function keepCheckpoint(engineDir: string, project: string, stack: string): void {
  const name = { engineDir, project, stack };
  if (!isWhole(stateFile(name))) return;
  mkdirSync(dirname(keptFile(name)), { recursive: true, mode: 0o700 });
  writeFileAtomically(keptFile(name), readFileSync(stateFile(name)));
}

/**
 * The engine writes a stack's state in place, so a kill or a full disk in the middle leaves half a
 * file, which no engine reads again. Put back is the youngest whole one: beside it lies the state
 * before its last step, then come those of earlier updates. What was made since is found again by
 * the next `up`, since creates are idempotent by URN.
 */
export function restoreCheckpoint(
  engineDir: string,
  project: string,
  stack: string,
  say: (line: string) => void,
): void {
  const name = { engineDir, project, stack };
  const file = stateFile(name);
  if (!existsSync(file) || isWhole(file)) return;
  const before = `${file}.bak`;
  const whole = [before, ...pastStates(name), keptFile(name)].find(isWhole);
  if (whole === undefined) {
    throw new Error(
      `the engine's state ${file} is cut off, and so is its backup ${before}. What runs is found by no engine again: begin anew with --fresh.`,
    );
  }
  copyFileSync(whole, file);
  const which = whole === before ? "the step before" : "the last whole state";
  say(`an earlier update was killed while it wrote its state; it goes on from ${which}`);
}
