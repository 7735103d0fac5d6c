import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { holderOfState } from "../cloud/lock.ts";
import { openCloud } from "../cloud/cloud.ts";
import { readRunningEnvironment } from "../cloud/environment.ts";
import { selectDeployed } from "../engine/deployed.ts";
import { openStack } from "../engine/workspace.ts";
import { addresses, stateDirectory } from "./arguments.ts";

/**
 * A preview needs no credentials and no running part. While a region of the same stack runs here,
 * the preview is against it and shows what an `up` would change; else it starts from nothing.
 */
export async function withStack<T>(name: string, use: (stack: Stack) => Promise<T>): Promise<T> {
  const stateDir = stateDirectory();
  const running =
    holderOfState(stateDir) === undefined ? undefined : readRunningEnvironment(stateDir);
  if (running?.stack === name) {
    return use(
      await openStack({
        engineDir: join(stateDir, "engine"),
        stack: name,
        environment: running.environment,
      }),
    );
  }
  const scratch = mkdtempSync(join(tmpdir(), "securevpn-preview-"));
  const cloud = await openCloud({
    stateDir: scratch,
    addresses: addresses(),
    say: () => {},
    offline: true,
  });
  try {
    await cloud.serve();
    return await use(
      await openStack({
        engineDir: join(scratch, "engine"),
        stack: name,
        environment: cloud.environment(),
      }),
    );
  } finally {
    await cloud.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The preview of a change to what runs: backend, credentials and providers are the caller's. */
export async function withDeployed<T>(name: string, use: (stack: Stack) => Promise<T>): Promise<T> {
  const workDir = mkdtempSync(join(tmpdir(), "securevpn-preview-"));
  try {
    return await use(await selectDeployed({ stack: name, workDir }));
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}
