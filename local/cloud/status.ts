import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Part } from "./parts.ts";
import { writeFileAtomically } from "./store.ts";

/** What `npm run status` shows: written by the process that runs the region, read by the others. */
export interface Status {
  readonly stack: string;
  readonly pid: number;
  readonly phase: "starting" | "deploying" | "ready" | "stopping";
  readonly since: string;
  readonly apiUrl?: string | undefined;
  readonly caFile?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly psql?: readonly string[] | undefined;
  readonly parts: readonly Part[];
}

const file = (stateDir: string): string => join(stateDir, "status.json");

export function writeStatus(stateDir: string, status: Status): void {
  writeFileAtomically(file(stateDir), JSON.stringify(status, null, 2));
}

/** The last written status; undefined when the region was never started from this folder. */
export function readStatus(stateDir: string): Status | undefined {
  try {
    return JSON.parse(readFileSync(file(stateDir), "utf8")) as Status;
  } catch {
    return undefined;
  }
}
