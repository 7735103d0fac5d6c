import type { Part } from "../cloud/parts.ts";
import {
  PRETENDED,
  type Condition,
  type ContainerStatus,
  type Pod,
  type PodStatus,
} from "./objects.ts";

/** What a node knows of a pod that it runs. */
export interface PodFindings {
  readonly podIp: string;
  readonly hostIp: string;
  readonly startTime: string;
  readonly initialized: boolean;
  readonly containers: readonly ContainerStatus[];
  readonly initContainers: readonly ContainerStatus[];
  /** Set when the node itself ended the pod. */
  readonly failed?: { readonly reason: string; readonly message: string } | undefined;
  /** It has no process: nothing answers at its address. */
  readonly pretended?: "ProcessCap" | "NoLocalProgram" | undefined;
}

const hasEnded = (status: ContainerStatus): boolean => status.state.terminated !== undefined;

export function podPhase(
  pod: Pod,
  findings: PodFindings,
): "Pending" | "Running" | "Succeeded" | "Failed" {
  if (findings.failed !== undefined) return "Failed";
  const policy = pod.spec.restartPolicy ?? "Always";
  const { containers, initContainers } = findings;
  const failedInit = initContainers.some((s) => hasEnded(s) && s.state.terminated?.exitCode !== 0);
  if (!findings.initialized) return failedInit && policy === "Never" ? "Failed" : "Pending";
  if (policy !== "Always" && containers.every(hasEnded)) {
    return containers.every((s) => s.state.terminated?.exitCode === 0) ? "Succeeded" : "Failed";
  }
  const begun = containers.some(
    (s) => s.state.running !== undefined || s.lastState.terminated !== undefined || hasEnded(s),
  );
  return begun ? "Running" : "Pending";
}

/** Conditions that a kubelet writes; those of others (PodScheduled) are kept as they are. */
export function podConditions(
  pod: Pod,
  findings: PodFindings,
  phase: string,
  now: string,
): Condition[] {
  const previous = pod.status?.conditions ?? [];
  const unready = findings.containers.filter((s) => !s.ready).map((s) => s.name);
  const containersReady = phase === "Running" && findings.initialized && unready.length === 0;
  const gates = (pod.spec.readinessGates ?? []).every((gate) =>
    previous.some((c) => c.type === gate.conditionType && c.status === "True"),
  );
  const notReady =
    phase === "Succeeded" || phase === "Failed"
      ? { reason: phase === "Succeeded" ? "PodCompleted" : "PodFailed" }
      : {
          reason: "ContainersNotReady",
          message: `containers with unready status: [${unready.join(" ")}]`,
        };
  const own: Condition[] = [
    { type: "PodReadyToStartContainers", status: "True" },
    {
      type: "Initialized",
      status: findings.initialized ? "True" : "False",
      ...(findings.initialized ? {} : { reason: "ContainersNotInitialized" }),
    },
    {
      type: "ContainersReady",
      status: containersReady ? "True" : "False",
      ...(containersReady ? {} : notReady),
    },
    {
      type: "Ready",
      status: containersReady && gates ? "True" : "False",
      ...(containersReady ? {} : notReady),
    },
    ...(findings.pretended === undefined
      ? []
      : [{ type: PRETENDED, status: "True", reason: findings.pretended }]),
  ];
  const dated = own.map((condition) => {
    const before = previous.find((c) => c.type === condition.type);
    const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
    return { ...condition, lastTransitionTime: since ?? now };
  });
  return [
    ...dated,
    ...previous.filter((c) => c.type !== PRETENDED && !own.some((o) => o.type === c.type)),
  ];
}

export function podStatus(
  pod: Pod,
  findings: PodFindings,
  now: string,
): PodStatus & Record<string, unknown> {
  const phase = podPhase(pod, findings);
  return {
    phase,
    hostIP: findings.hostIp,
    hostIPs: [{ ip: findings.hostIp }],
    podIP: findings.podIp,
    podIPs: [{ ip: findings.podIp }],
    startTime: findings.startTime,
    conditions: podConditions(pod, findings, phase, now),
    containerStatuses: [...findings.containers],
    initContainerStatuses: [...findings.initContainers],
    ...(findings.failed ?? {}),
  };
}

/** State of a container on the status screen. */
export function partState(
  phase: string,
  podReady: boolean,
  status: ContainerStatus,
  runner: { notRun: boolean; hasCrashed: boolean },
): Part["state"] {
  if (runner.notRun) return "not run";
  if (phase === "Succeeded") return "stopped";
  if (phase === "Failed") return "failed";
  if (status.ready && podReady) return "ready";
  if (status.state.terminated?.exitCode === 0) return "stopped";
  return runner.hasCrashed ||
    hasEnded(status) ||
    status.state.waiting?.reason === "CrashLoopBackOff"
    ? "restarting"
    : "starting";
}
