import { reveal, sameValue } from "../../providers/values.ts";
import type { Properties, Value } from "../../providers/provider.ts";
import { KubernetesError } from "../client.ts";
import { objectOf } from "./wire.ts";

/** Paths that the API server never changes in place, by kind. */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec.selector"],
  DaemonSet: ["spec.selector"],
  ReplicaSet: ["spec.selector"],
  StatefulSet: [
    "spec.selector",
    "spec.serviceName",
    "spec.podManagementPolicy",
    "spec.volumeClaimTemplates",
  ],
  Job: ["spec.selector", "spec.template", "spec.completions", "spec.completionMode"],
  Pod: [
    "spec.containers",
    "spec.initContainers",
    "spec.volumes",
    "spec.nodeName",
    "spec.restartPolicy",
  ],
  Service: ["spec.clusterIP"],
  Secret: ["type"],
  PersistentVolumeClaim: [
    "spec.accessModes",
    "spec.storageClassName",
    "spec.selector",
    "spec.volumeName",
  ],
  StorageClass: ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"],
  RoleBinding: ["roleRef"],
  ClusterRoleBinding: ["roleRef"],
  PriorityClass: ["value", "preemptionPolicy"],
};

const IDENTITY = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];

export function valueAt(properties: Properties, path: string): Value | undefined {
  let value: Value | undefined = properties;
  for (const key of path.split(".")) value = objectOf(value)[key];
  return value === undefined ? undefined : reveal(value);
}

/** Changed paths that can only be changed by a replacement. */
export function replacingPaths(kind: string, olds: Properties, news: Properties): string[] {
  const frozen =
    valueAt(olds, "immutable") === true ? ["data", "binaryData", "stringData", "immutable"] : [];
  return [...IDENTITY, ...(IMMUTABLE[kind] ?? []), ...frozen].filter((path) => {
    const before = valueAt(olds, path);
    const after = valueAt(news, path);
    // A group's new version of the same kind is the same object.
    if (path === "apiVersion") return groupOf(before) !== groupOf(after);
    return !sameValue(before, after);
  });
}

const groupOf = (apiVersion: Value | undefined): string =>
  typeof apiVersion === "string" && apiVersion.includes("/")
    ? (apiVersion.split("/")[0] ?? "")
    : "";

/** The fields for which the API server refuses an update in place; empty: it refuses it for other reasons. */
export function refusedAsImmutable(error: unknown): string[] {
  if (!(error instanceof KubernetesError) || error.status !== 422) return [];
  const says = (text: string): boolean =>
    /immutable|updates to \w+ spec for fields other than|cannot change roleRef|may not change once set/i.test(
      text,
    );
  const causes = error.causes.filter((cause) => says(cause.message ?? ""));
  if (causes.length > 0) return causes.map((cause) => cause.field ?? "spec");
  return says(error.message) ? ["spec"] : [];
}
