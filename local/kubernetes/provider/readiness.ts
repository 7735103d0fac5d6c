import { podsOf } from "../backends.ts";
import type { ControlPlane } from "../control-plane.ts";
import {
  isReady,
  type Condition,
  type JsonObject,
  type KubernetesObject,
  type Pod,
  type Service,
} from "../objects.ts";
import { isJsonObject } from "./wire.ts";

/** Whether an object does what it is for: `ready`, or what is still missing, or that it never will. */
export type Readiness =
  | { readonly state: "ready" }
  | { readonly state: "waiting"; readonly why: string }
  | { readonly state: "failed"; readonly why: string };

const READY: Readiness = { state: "ready" };
const waiting = (why: string): Readiness => ({ state: "waiting", why });

interface Workload extends KubernetesObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly minReplicas?: number;
    readonly updateStrategy?: { readonly type?: string };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly readyReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly desiredReplicas?: number;
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
  };
}

type Check = (object: Workload, controlPlane: ControlPlane) => Readiness;

/** Why the pods of a workload are not ready, for a person. */
function troubles(pods: readonly Pod[]): string {
  const found = pods.flatMap((pod) => {
    const unscheduled = pod.status?.conditions?.find(
      (c) => c.type === "PodScheduled" && c.status === "False",
    );
    if (unscheduled !== undefined)
      return [`pod ${pod.metadata.name} is not scheduled: ${unscheduled.message ?? ""}`];
    const statuses = [
      ...(pod.status?.initContainerStatuses ?? []),
      ...(pod.status?.containerStatuses ?? []),
    ];
    return statuses.flatMap(({ name, state, lastState }) => {
      const { waiting: why, terminated } = state;
      if (why !== undefined && why.reason !== "PodInitializing")
        return [`${pod.metadata.name}/${name}: ${why.message ?? why.reason}`];
      const ended = terminated ?? lastState.terminated;
      return ended === undefined || ended.exitCode === 0
        ? []
        : [`${pod.metadata.name}/${name} ended with code ${ended.exitCode}`];
    });
  });
  return found.length === 0 ? "" : ` (${[...new Set(found)].slice(0, 3).join("; ")})`;
}

function podsOfWorkload(object: Workload, controlPlane: ControlPlane): Pod[] {
  const labels = object.spec?.selector?.matchLabels;
  if (labels === undefined) return [];
  const chosen = Object.entries(labels);
  return controlPlane.pods
    .list()
    .filter(
      (pod) =>
        pod.metadata.namespace === object.metadata.namespace &&
        pod.metadata.deletionTimestamp === undefined,
    )
    .filter((pod) => chosen.every(([key, value]) => pod.metadata.labels?.[key] === value));
}

const deployment: Check = (object, controlPlane) => {
  const { status } = object;
  const wanted = object.spec?.replicas ?? 1;
  const pods = podsOfWorkload(object, controlPlane);
  const up = status?.availableReplicas ?? 0;
  const progress = status?.conditions?.find((c) => c.type === "Progressing");
  if (progress?.reason === "ProgressDeadlineExceeded") {
    return {
      state: "failed",
      why: `${progress.message ?? "it made no progress"}${troubles(pods)}`,
    };
  }
  if ((status?.observedGeneration ?? 0) < (object.metadata.generation ?? 0))
    return waiting("the controller has not seen it yet");
  if ((status?.updatedReplicas ?? 0) < wanted || up < wanted)
    return waiting(`${Math.min(up, wanted)} of ${wanted} pods are available${troubles(pods)}`);
  if ((status?.replicas ?? 0) > (status?.updatedReplicas ?? 0))
    return waiting("pods of the previous version are still ending");
  return READY;
};

const statefulSet: Check = (object, controlPlane) => {
  const { status } = object;
  const wanted = object.spec?.replicas ?? 1;
  const pods = podsOfWorkload(object, controlPlane);
  const up = status?.readyReplicas ?? 0;
  if ((status?.observedGeneration ?? 0) < (object.metadata.generation ?? 0))
    return waiting("the controller has not seen it yet");
  if (up < wanted) return waiting(`${up} of ${wanted} pods are ready${troubles(pods)}`);
  const rolling =
    object.spec?.updateStrategy?.type !== "OnDelete" &&
    status?.currentRevision !== status?.updateRevision;
  return rolling && (status?.updatedReplicas ?? 0) < wanted
    ? waiting("pods of the previous version are being replaced")
    : READY;
};

const daemonSet: Check = (object, controlPlane) => {
  const { status } = object;
  const pods = podsOfWorkload(object, controlPlane);
  const wanted = status?.desiredNumberScheduled ?? 0;
  const up = status?.numberAvailable ?? 0;
  if ((status?.observedGeneration ?? 0) < (object.metadata.generation ?? 0))
    return waiting("the controller has not seen it yet");
  if ((status?.updatedNumberScheduled ?? 0) < wanted || up < wanted)
    return waiting(`${up} of ${wanted} pods are available${troubles(pods)}`);
  return READY;
};

const job: Check = (object, controlPlane) => {
  const condition = (type: string): Condition | undefined =>
    object.status?.conditions?.find((c) => c.type === type && c.status === "True");
  const failed = condition("Failed");
  const pods = podsOfWorkload(object, controlPlane);
  if (failed !== undefined)
    return { state: "failed", why: `${failed.message ?? "it failed"}${troubles(pods)}` };
  if (condition("Complete") !== undefined || condition("Suspended") !== undefined) return READY;
  return waiting(`it has not completed${troubles(pods)}`);
};

const pod: Check = (object, controlPlane) => {
  const found = controlPlane.pods.get(`${object.metadata.namespace}/${object.metadata.name}`);
  if (found === undefined) return waiting("it is not seen yet");
  if (found.status?.phase === "Failed")
    return { state: "failed", why: `it failed${troubles([found])}` };
  return isReady(found) || found.status?.phase === "Succeeded"
    ? READY
    : waiting(`it is not ready${troubles([found])}`);
};

/** A Service works when a pod stands behind it; one without a selector, or headless, promises none. */
function service(object: Service, controlPlane: ControlPlane): Readiness {
  if (
    object.spec.selector === undefined ||
    object.spec.clusterIP === "None" ||
    object.spec.type === "ExternalName"
  )
    return READY;
  const selected = podsOf(
    { ...object, spec: { ...object.spec, publishNotReadyAddresses: true } },
    controlPlane.pods.list(),
  );
  return selected.some((p) => isReady(p))
    ? READY
    : waiting(`no ready pod stands behind it${troubles(selected)}`);
}

/**
 * Its target starts with one pod: an `up` is over when the autoscaler has raised it to the least. Of
 * metrics, which the embedded cloud has none of, that needs nothing.
 */
const autoscaler: Check = (object) => {
  const least = object.spec?.minReplicas ?? 1;
  const wanted = object.status?.desiredReplicas ?? 0;
  return wanted >= least ? READY : waiting(`it wants ${wanted} pods of at least ${least}`);
};

/** It is bound when its pod is scheduled, which may need it to be there: nobody waits for that. */
const claim: Check = (object) =>
  object.status?.phase === "Lost"
    ? { state: "failed", why: "the volume behind it is gone" }
    : READY;

const namespace: Check = (object) =>
  object.status?.phase === "Active" ? READY : waiting("it is not active yet");

const CHECKS: Readonly<Record<string, Check>> = {
  "apps/v1/Deployment": deployment,
  "apps/v1/StatefulSet": statefulSet,
  "apps/v1/DaemonSet": daemonSet,
  "autoscaling/v2/HorizontalPodAutoscaler": autoscaler,
  "batch/v1/Job": job,
  "v1/PersistentVolumeClaim": claim,
  "v1/Pod": pod,
  "v1/Namespace": namespace,
};

/** Everything that the API server sends has its kind's shape; the kind was compared before. */
const isWorkload = (live: JsonObject): live is JsonObject & Workload =>
  isJsonObject(live["metadata"]);
const isService = (live: JsonObject): live is JsonObject & Service => isJsonObject(live["spec"]);

/** Of kinds that are done when they are written, always `ready`. */
export function readinessOf(live: JsonObject, controlPlane: ControlPlane): Readiness {
  const kind = `${String(live["apiVersion"])}/${String(live["kind"])}`;
  if (kind === "v1/Service") return isService(live) ? service(live, controlPlane) : READY;
  return isWorkload(live) ? (CHECKS[kind]?.(live, controlPlane) ?? READY) : READY;
}
