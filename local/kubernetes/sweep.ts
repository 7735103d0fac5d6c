import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Pod } from "./objects.ts";

/** Removes folders and logs of pods that were deleted while the cloud was not there to see it. */
export function sweepPods(stateDir: string, pods: readonly Pod[]): void {
  const uids = new Set(pods.map((pod) => pod.metadata.uid));
  const names = new Set(pods.map((pod) => `${pod.metadata.namespace}_${pod.metadata.name}`));
  removeOthers(join(stateDir, "pods"), (entry) => uids.has(entry));
  // Underscores are not allowed in names, so they tell namespace, pod and container apart.
  removeOthers(join(stateDir, "logs", "pods"), (entry) =>
    names.has(entry.split("_").slice(0, 2).join("_")),
  );
}

function removeOthers(directory: string, isWanted: (entry: string) => boolean): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory)) {
    if (!isWanted(entry)) rmSync(join(directory, entry), { recursive: true, force: true });
  }
}
