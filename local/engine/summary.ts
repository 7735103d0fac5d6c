/** The part of a preview's document (`npm run preview -- STACK --json`) that a reviewer reads. */
export interface PreviewDocument {
  readonly stack: string;
  readonly resources: readonly unknown[];
  readonly changes: Readonly<Record<string, number>>;
  readonly policies: readonly {
    readonly name: string;
    readonly level: string;
    readonly violations: readonly { readonly urn: string; readonly message: string }[];
  }[];
  readonly cost?: {
    readonly asOf: string;
    readonly fixed: {
      readonly total: number;
      readonly components: readonly {
        readonly name: string;
        readonly budget: number;
        readonly monthly: number;
      }[];
    };
    readonly usage: { readonly low: number; readonly expected: number; readonly high: number };
  };
  /** Why the stack could not be priced. */
  readonly costError?: string;
  readonly costDifference?: {
    readonly fixed: { readonly before: number; readonly after: number };
    readonly usage: { readonly before: number; readonly after: number };
  };
}

/** Mark by which the comment is found again, so that it is edited in place. */
export const COMMENT_MARK = "<!-- securevpn preview -->";
/** GitHub refuses a comment of more than 65,536 characters. */
const MAX_LENGTH = 60_000;

const dollars = (amount: number): string => `$${Math.round(amount).toLocaleString("en-US")}`;
const signed = (amount: number): string => `${amount < 0 ? "-" : "+"}${dollars(Math.abs(amount))}`;
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");

/** One Markdown comment for any number of stacks: changes, policies, cost. */
export function renderSummary(documents: readonly PreviewDocument[]): string {
  const sections = [
    changesTable(documents),
    policySection(documents),
    costSection(documents),
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
  const ran = Math.max(0, ...documents.map(({ policies }) => policies.length));
  const rows = documents.flatMap(({ stack, policies }) =>
    policies.flatMap(({ name, level, violations }) =>
      violations.map(({ urn, message }) => ({
        level,
        row: `| ${cell(stack)} | ${level} | ${cell(name)} | ${cell(message)} | ${cell(urn.split("::").slice(2).join(" ") || "stack")} |`,
      })),
    ),
  );
  if (rows.length === 0) return `### Policies\n\n${ran} ran; none was violated.`;
  // What stops the change comes first.
  const sorted = rows.toSorted(
    (a, b) => Number(b.level === "mandatory") - Number(a.level === "mandatory"),
  );
  return [
    `### Policies`,
    "",
    `${ran} ran.`,
    "",
    "| Stack | Level | Policy | Violation | Where |",
    "|---|---|---|---|---|",
    ...sorted.map(({ row }) => row),
  ].join("\n");
}

function costSection(documents: readonly PreviewDocument[]): string {
  const priced = documents.flatMap(({ stack, cost }) =>
    cost === undefined ? [] : [{ stack, cost }],
  );
  const changed = documents.flatMap(({ stack, costDifference }) => {
    if (costDifference === undefined) return [];
    const { fixed, usage: used } = costDifference;
    return [
      `- ${stack} against what is deployed: fixed ${signed(fixed.after - fixed.before)}, use as expected ${signed(used.after - used.before)}`,
    ];
  });
  const failed = documents.flatMap(({ stack, costError }) =>
    costError === undefined ? [] : [`- ${stack} is **not priced**: ${cell(costError)}`],
  );
  if (priced.length === 0)
    return failed.length === 0 ? "" : ["### Cost a month", "", ...failed].join("\n");
  const rows = priced.flatMap(({ stack, cost }) =>
    cost.fixed.components.map(({ name, budget, monthly }) => {
      const verdict =
        monthly > budget ? "**over**" : `${Math.round((100 * monthly) / Math.max(1, budget))} %`;
      return `| ${cell(stack)} | ${cell(name)} | ${dollars(monthly)} | ${dollars(budget)} | ${verdict} |`;
    }),
  );
  const usage = priced.map(
    ({ stack, cost }) =>
      `- ${stack}: usage ${dollars(cost.usage.low)} to ${dollars(cost.usage.high)} a month, expected ${dollars(cost.usage.expected)}; prices as of ${cost.asOf}`,
  );
  return [
    "### Cost a month",
    "",
    "| Stack | Component | Fixed | Budget | Used |",
    "|---|---|---:|---:|---:|",
    ...rows,
    "",
    ...usage,
    ...changed,
    ...failed,
  ].join("\n");
}
