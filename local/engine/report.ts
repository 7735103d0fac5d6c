import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { programError } from "./program-error.ts";

export interface ResourceRow {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent: string | null;
  /** The engine refuses to delete or replace it. */
  readonly protect: boolean;
}

export type ChangeCounts = {
  create: number;
  update: number;
  replace: number;
  delete: number;
  same: number;
};

export interface PolicyReport {
  readonly name: string;
  readonly level: string;
  /** `part`: the run ended before the policy had seen every resource; `no`: it judged nothing. */
  readonly ran: "yes" | "part" | "no";
  readonly violations: { urn: string; message: string }[];
}

/** The engine's events that name the policies which judged; the Automation API has no types for them. */
const SUMMARIES = ["policyAnalyzeSummaryEvent", "policyAnalyzeStackSummaryEvent"] as const;

function names(value: unknown, key: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  const list: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
  return Array.isArray(list) ? list.filter((name) => typeof name === "string") : [];
}

/** What the pack says of a policy that met a value which only the run itself will know. */
const NOT_RUN = /^can't run policy /;

/** Collects what one run of the engine says, from its event stream. */
export class RunReport {
  readonly resources = new Map<string, ResourceRow>();
  /** What the run takes away. */
  readonly gone = new Map<string, ResourceRow>();
  /** What was done to each resource, but "same". */
  readonly steps = new Map<string, keyof ChangeCounts>();
  readonly changes: ChangeCounts = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
  readonly diagnostics: string[] = [];
  /** Stack outputs that the run knows; secrets masked. */
  outputs: Record<string, unknown> = {};
  readonly #refreshing = new Set<string>();
  readonly #violations = new Map<string, Omit<PolicyReport, "ran">>();
  readonly #judged = new Set<string>();
  readonly #notRun = new Set<string>();
  #sawStack = false;

  readonly onEvent = (event: EngineEvent): void => {
    if (event.resourcePreEvent !== undefined) this.#step(event.resourcePreEvent.metadata);
    if (event.resOutputsEvent?.metadata.type === "pulumi:pulumi:Stack") {
      this.outputs = event.resOutputsEvent.metadata.new?.outputs ?? {};
    }
    if (event.resOutputsEvent !== undefined) this.#refreshed(event.resOutputsEvent.metadata);
    if (event.policyEvent !== undefined) this.#policy(event.policyEvent);
    this.#judge(event);
    if (event.diagnosticEvent?.severity === "error")
      this.diagnostics.push(programError(plain(event.diagnosticEvent.message)));
  };

  /** One report a policy of the pack, those without violation included. */
  policies(known: readonly { name: string; level: string }[]): PolicyReport[] {
    const silent = known
      .filter((policy) => !this.#violations.has(policy.name))
      .map((policy) => ({ name: policy.name, level: policy.level, violations: [] }));
    return [...this.#violations.values(), ...silent]
      .map((policy) => ({ ...policy, ran: this.#ran(policy.name) }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  #judge(event: EngineEvent): void {
    const events = Object.entries(event).filter(([kind]) => SUMMARIES.some((one) => one === kind));
    for (const [kind, summary] of events) {
      if (kind === "policyAnalyzeStackSummaryEvent") this.#sawStack = true;
      for (const name of [...names(summary, "passed"), ...names(summary, "failed")])
        this.#judged.add(name);
    }
  }

  /** Stack policies judge last: with them every resource has been seen. */
  #ran(name: string): PolicyReport["ran"] {
    if (this.#notRun.has(name) || !this.#judged.has(name)) return "no";
    return this.#sawStack ? "yes" : "part";
  }

  #step(step: {
    op: string;
    urn: string;
    type: string;
    new?: { parent?: string; protect?: boolean };
    old?: { parent?: string; protect?: boolean };
  }): void {
    // A replacement shows as create-replacement, replace and delete-replaced: counted once.
    const counted = {
      create: "create",
      update: "update",
      replace: "replace",
      delete: "delete",
      same: "same",
    } as const;
    const kind = counted[step.op as keyof typeof counted];
    if (step.op === "refresh") this.#refreshing.add(step.urn);
    if (step.type === "pulumi:pulumi:Stack" && kind === undefined) return;
    if (kind !== undefined) this.changes[kind] += 1;
    if (kind !== undefined && kind !== "same") this.steps.set(step.urn, kind);
    const row = {
      urn: step.urn,
      type: step.type,
      name: step.urn.split("::").slice(3).join("::"),
      parent: (step.new?.parent ?? step.old?.parent) || null,
      protect: step.new?.protect === true || step.old?.protect === true,
    };
    if (step.op === "delete") this.gone.set(step.urn, row);
    if (step.op === "delete" || step.op === "delete-replaced") return;
    this.resources.set(step.urn, row);
  }

  /** A refresh says only afterwards what it found: the resource changed, or is gone. */
  #refreshed({ op, urn }: { op: string; urn: string }): void {
    if (!this.#refreshing.has(urn) || (op !== "update" && op !== "delete")) return;
    this.changes[op] += 1;
    this.steps.set(urn, op);
  }

  #policy(event: {
    policyName: string;
    enforcementLevel: string;
    message: string;
    resourceUrn?: string;
  }): void {
    const message = plain(event.message);
    if (NOT_RUN.test(message)) this.#notRun.add(event.policyName);
    const report = this.#violations.get(event.policyName) ?? {
      name: event.policyName,
      level: event.enforcementLevel,
      violations: [],
    };
    report.violations.push({ urn: event.resourceUrn ?? "", message });
    this.#violations.set(event.policyName, report);
  }
}

/** Engine text without its colour directives and terminal escapes. */
export function plain(text: string): string {
  return text
    .replace(/<\{%[^%]*%\}>/g, "")
    .replace(/\u001b\[[0-9;]*m/g, "")
    .trim();
}

/** What the CLI complains of, without the rest of what a failed command printed (twice). */
export function complaint(error: unknown): string {
  const text = plain(error instanceof Error ? error.message : String(error));
  const lines = text.split("\n").filter((line) => line.startsWith("error: "));
  return lines.length === 0 ? text : [...new Set(lines)].join("\n  ");
}
