import type { Container, Pod } from "./objects.ts";

type CountedContainer = Pick<Container, "image" | "command">;
type CountedPod = Pick<Pod, "metadata"> & {
  readonly spec: { readonly containers: readonly CountedContainer[] };
};

/** What made the pod: a ReplicaSet, a Job; a new version of a Deployment is a workload of its own. */
const workloadOf = ({ metadata }: CountedPod): string =>
  metadata.ownerReferences?.[0]?.uid ?? metadata.uid ?? metadata.name;

const keyOf = ({ metadata }: CountedPod): string => metadata.uid ?? metadata.name;

/**
 * How many container processes a machine is willing to run. Where a node group is far larger than the
 * machine, the pods beyond it are pretended: they are Running and Ready without a process.
 *
 * Half of it is kept for the first pod of every workload: else the replicas of one workload would use all
 * of it up, and pods of another would wait for a service that is only pretended.
 */
export class ProcessBudget {
  readonly limit: number;
  #used = 0;
  /** Pods with processes, by workload. */
  readonly #running = new Map<string, number>();
  /** What each pod took; a program that was missing then may be there now. */
  readonly #taken = new Map<string, number>();
  readonly #runsHere: (container: CountedContainer) => boolean;

  /** `runsHere`: whether this machine has a program for a container; one that it lacks needs no process. */
  constructor(
    limit: number = Number.POSITIVE_INFINITY,
    runsHere: (container: CountedContainer) => boolean = () => true,
  ) {
    this.limit = limit;
    this.#runsHere = runsHere;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes all or nothing: a pod runs as a whole or is pretended as a whole. */
  take(pod: CountedPod): boolean {
    const processes = pod.spec.containers.filter(this.#runsHere).length;
    const workload = workloadOf(pod);
    const running = this.#running.get(workload) ?? 0;
    const limit = running === 0 ? this.limit : this.limit / 2;
    if (this.limit === 0 || this.#used + processes > limit) return false;
    this.#used += processes;
    this.#taken.set(keyOf(pod), processes);
    this.#running.set(workload, running + 1);
    return true;
  }

  /** Only for a pod that took. */
  give(pod: CountedPod): void {
    const workload = workloadOf(pod);
    this.#used -= this.#taken.get(keyOf(pod)) ?? 0;
    this.#taken.delete(keyOf(pod));
    const running = (this.#running.get(workload) ?? 0) - 1;
    if (running > 0) this.#running.set(workload, running);
    else this.#running.delete(workload);
  }
}

/** Environment variable that caps the processes of pods; the rest of the pods is pretended. */
export const PROCESS_CAP_VARIABLE = "SECUREVPN_PROCESS_CAP";
export const DEFAULT_PROCESS_CAP = 200;

/** The cap that the environment asks for. */
export function processCap(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): number {
  const text = environment[PROCESS_CAP_VARIABLE];
  if (text === undefined || text === "") return DEFAULT_PROCESS_CAP;
  const cap = Number(text);
  if (!Number.isInteger(cap) || cap < 0) {
    throw new RangeError(
      `${PROCESS_CAP_VARIABLE} is ${text}; allowed: a whole number from 0 (all pods are pretended)`,
    );
  }
  return cap;
}
