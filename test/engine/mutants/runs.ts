import { BLIND } from "./blind.ts";
import { DATA } from "./data.ts";
import { DOORS, WAYS } from "./effects.ts";
import type { Mutant } from "./mutant.ts";
import { NETWORK } from "./network.ts";
import { PODS } from "./pods.ts";
import { RIGHTS } from "./rights.ts";
import { STATED, STATED_CONFIG } from "./stated.ts";
import { POD_EFFECTS } from "./pod-effects.ts";
import { UNTRIED } from "./untried.ts";
import { WORKLOAD_EFFECTS } from "./workload-effects.ts";

export interface MutantRun {
  readonly title: string;
  readonly mutants: readonly Mutant[];
  /** Values laid over the stack's file. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** One preview each: faults in one run do not hide each other. */
export const RUNS: readonly MutantRun[] = [
  { title: "cluster, data and access", mutants: DATA },
  { title: "rights in other words", mutants: RIGHTS },
  { title: "nodes, network and entry", mutants: NETWORK },
  { title: "the cluster's doors and its machines, in other words", mutants: DOORS },
  { title: "data and the ways to it, in other words", mutants: WAYS },
  { title: "what else somebody would try", mutants: BLIND },
  { title: "pods and what stands around them", mutants: PODS },
  { title: "what the program says of itself", mutants: STATED, config: STATED_CONFIG },
  { title: "the same effects by other settings", mutants: POD_EFFECTS },
  { title: "ends, places and secrets of workloads", mutants: WORKLOAD_EFFECTS },
  { title: "what nobody had tried", mutants: UNTRIED },
];
