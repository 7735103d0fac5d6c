import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";

export interface ResourceRow {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent: string | null;
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
  readonly violations: { urn: string; message: string }[];
}

/** Collects what one run of the engine says, from its event stream. */
export class RunReport {
  readonly resources = new Map<string, ResourceRow>();
  /** What was done to each resource, but "same". */
  readonly steps = new Map<string, keyof ChangeCounts>();
  readonly changes: ChangeCounts = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
  readonly diagnostics: string[] = [];
  /** Stack outputs that the run knows; secrets masked. */
  outputs: Record<string, unknown> = {};
  readonly #refreshing = new Set<string>();
  readonly #violations = new Map<string, PolicyReport>();

  readonly onEvent = (event: EngineEvent): void => {
    if (event.resourcePreEvent !== undefined) this.#step(event.resourcePreEvent.metadata);
    if (event.resOutputsEvent?.metadata.type === "pulumi:pulumi:Stack") {
      this.outputs = event.resOutputsEvent.metadata.new?.outputs ?? {};
    }
    if (event.resOutputsEvent !== undefined) this.#refreshed(event.resOutputsEvent.metadata);
    if (event.policyEvent !== undefined) this.#policy(event.policyEvent);
    if (event.diagnosticEvent?.severity === "error")
      this.diagnostics.push(plain(event.diagnosticEvent.message));
  };

  /** One report a policy of the pack, those without violation included. */
  policies(known: readonly { name: string; level: string }[]): PolicyReport[] {
    const silent = known
      .filter((policy) => !this.#violations.has(policy.name))
      .map((policy) => ({ name: policy.name, level: policy.level, violations: [] }));
    return [...this.#violations.values(), ...silent].sort((a, b) => a.name.localeCompare(b.name));
  }

  #step(step: {
    op: string;
    urn: string;
    type: string;
    new?: { parent?: string };
    old?: { parent?: string };
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
    if (step.op === "delete" || step.op === "delete-replaced") return;
    this.resources.set(step.urn, {
      urn: step.urn,
      type: step.type,
      name: step.urn.split("::").slice(3).join("::"),
      parent: (step.new?.parent ?? step.old?.parent) || null,
    });
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
    const report = this.#violations.get(event.policyName) ?? {
      name: event.policyName,
      level: event.enforcementLevel,
      violations: [],
    };
    report.violations.push({ urn: event.resourceUrn ?? "", message: plain(event.message) });
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

/** The resources as a tree, children below their component, one line each. */
export function renderTree(rows: readonly ResourceRow[]): string {
  const children = new Map<string | null, ResourceRow[]>();
  const known = new Set(rows.map((row) => row.urn));
  for (const row of rows) {
    const parent = row.parent !== null && known.has(row.parent) ? row.parent : null;
    children.set(parent, [...(children.get(parent) ?? []), row]);
  }
  const lines: string[] = [];
  const walk = (row: ResourceRow, indent: string): void => {
    lines.push(`${indent}${row.type.padEnd(Math.max(1, 52 - indent.length))} ${row.name}`);
    for (const child of children.get(row.urn) ?? []) walk(child, `${indent}  `);
  };
  for (const row of children.get(null) ?? []) walk(row, "");
  return lines.join("\n");
}
