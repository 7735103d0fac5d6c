import { DATA } from "./data.ts";
import type { Mutant } from "./mutant.ts";
import { NETWORK } from "./network.ts";
import { PODS } from "./pods.ts";

export interface MutantRun {
  readonly title: string;
  readonly mutants: readonly Mutant[];
}

/** One preview each: faults in one run do not hide each other. */
export const RUNS: readonly MutantRun[] = [
  { title: "cluster, data and access", mutants: DATA },
  { title: "nodes, network and entry", mutants: NETWORK },
  { title: "pods and what stands around them", mutants: PODS },
];
