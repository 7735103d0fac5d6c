import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { RunReport } from "../../local/engine/report.ts";
import { nameOf, type StateResource } from "./stack-state.ts";

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly at: "begun" | "done";
}

/** A run's report and, beside it, every step in the order in which it began and ended. */
export class StepRecorder {
  readonly report = new RunReport();
  readonly #steps: Step[] = [];

  readonly onEvent = (event: EngineEvent): void => {
    this.report.onEvent(event);
    const begun = event.resourcePreEvent?.metadata;
    const done = event.resOutputsEvent?.metadata;
    if (begun !== undefined) this.#steps.push({ op: begun.op, urn: begun.urn, at: "begun" });
    if (done !== undefined) this.#steps.push({ op: done.op, urn: done.urn, at: "done" });
  };

  /** Place of a step in the run; -1: it did not happen. */
  indexOf(at: Step["at"], op: string, urn: string): number {
    return this.#steps.findIndex((step) => step.at === at && step.op === op && step.urn === urn);
  }

  /** The one changed resource of that name. */
  urnOf(name: string): string {
    const found = [...this.report.steps.keys()].filter((urn) => nameOf(urn) === name);
    const [urn] = found;
    if (urn === undefined || found.length > 1)
      throw new Error(`${found.length} changed resources are named ${name}`);
    return urn;
  }
}

/** Pairs of a destroy that went in the wrong order: what was needed went before its user had gone. */
export function stepsAgainstDependencies(
  run: StepRecorder,
  state: readonly StateResource[],
): string[] {
  return state.flatMap(({ urn, dependencies = [] }) => {
    const gone = run.indexOf("done", "delete", urn);
    return dependencies
      .filter((needed) => {
        const begun = run.indexOf("begun", "delete", needed);
        return begun !== -1 && (gone === -1 || begun < gone);
      })
      .map((needed) => `${nameOf(needed)} went before ${nameOf(urn)}`);
  });
}
