import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "./store.ts";

/** How a running cloud is reached by the engine; holds the backend's passphrase, so owner only. */
export interface RunningEnvironment {
  readonly stack: string;
  readonly environment: Record<string, string>;
}

export const environmentFile = (stateDir: string): string => join(stateDir, "environment.json");

export function writeRunningEnvironment(stateDir: string, running: RunningEnvironment): void {
  writeFileAtomically(environmentFile(stateDir), JSON.stringify(running, null, 2));
}

export function removeRunningEnvironment(stateDir: string): void {
  rmSync(environmentFile(stateDir), { force: true });
}

export function readRunningEnvironment(stateDir: string): RunningEnvironment | undefined {
  try {
    return JSON.parse(readFileSync(environmentFile(stateDir), "utf8")) as RunningEnvironment;
  } catch {
    return undefined; // nothing runs, or it has just stopped
  }
}
