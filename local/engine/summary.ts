import { cell, costSection, type PricedDocument, type Threshold } from "./summary-cost.ts";

/** The part of a preview's document (`npm run preview -- STACK --json`) that a reviewer reads. */
export interface PreviewDocument extends PricedDocument {
  readonly stack: string;
  readonly resources: readonly unknown[];
  readonly changes: Readonly<Record<string, number>>;
  readonly policies: readonly {
    readonly name: string;
    readonly level: string;
    readonly ran: string;
    readonly violations: readonly { readonly urn: string; readonly message: string }[];
  }[];
}

/** Mark by which the comment is found again, so that it is edited in place. */
export const COMMENT_MARK = "<!-- securevpn preview -->";
/** GitHub refuses a comment of more than 65,536 characters. */
const MAX_LENGTH = 60_000;

/** One Markdown comment for any number of stacks: changes, policies, cost. */
export function renderSummary(
  documents: readonly PreviewDocument[],
  threshold: Threshold = {},
): string {
  const sections = [
    changesTable(documents),
    policySection(documents),
    costSection(documents, threshold),
  ].filter((text) => text !== "");
  const text = [COMMENT_MARK, "## Preview", ...sections].join("\n\n");
  return text.length <= MAX_LENGTH
    ? `${text}\n`
    : `${text.slice(0, MAX_LENGTH)}\n\n… cut; the whole is in the job's log.\n`;
}

function changesTable(documents: readonly PreviewDocument[]): string {
  const kinds = ["create", "update", "replace", "delete", "same"];
  const rows = documents.map(
    ({ stack, changes }) =>
      `| ${cell(stack)} | ${kinds.map((kind) => changes[kind] ?? 0).join(" | ")} |`,
  );
  return [
    `| Stack | ${kinds.join(" | ")} |`,
    `|---|${kinds.map(() => "---:").join("|")}|`,
    ...rows,
  ].join("\n");
}

function policySection(documents: readonly PreviewDocument[]): string {
  const all = documents.map(({ policies }) => policies);
  const ran = Math.max(
    0,
    ...all.map((policies) => policies.filter((policy) => policy.ran !== "no").length),
  );
  const notRun = documents.flatMap(({ stack, policies }) => {
    const names = policies.filter((policy) => policy.ran === "no").map(({ name }) => name);
    return names.length === 0 ? [] : [`- ${stack}: **did not run**: ${names.join(", ")}`];
  });
  const rows = documents.flatMap(({ stack, policies }) =>
    policies.flatMap(({ name, level, violations }) =>
      violations.map(({ urn, message }) => ({
        level,
        row: `| ${cell(stack)} | ${level} | ${cell(name)} | ${cell(message)} | ${cell(urn.split("::").slice(2).join(" ") || "stack")} |`,
      })),
    ),
  );
  if (rows.length === 0)
    return [`### Policies\n\n${ran} ran; none was violated.`, ...notRun].join("\n");
  // What stops the change comes first.
  const sorted = rows.toSorted(
    (a, b) => Number(b.level === "mandatory") - Number(a.level === "mandatory"),
  );
  return [
    `### Policies`,
    "",
    `${ran} ran.`,
    ...notRun,
    "",
    "| Stack | Level | Policy | Violation | Where |",
    "|---|---|---|---|---|",
    ...sorted.map(({ row }) => row),
  ].join("\n");
}
