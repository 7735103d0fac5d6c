interface Line {
  readonly urn: string;
  readonly item: string;
}

/** What a preview's document says of cost, as far as a reviewer reads it. */
export interface PricedDocument {
  readonly stack: string;
  readonly changes: Readonly<Record<string, number>>;
  readonly cost?: {
    readonly asOf: string;
    readonly fixed: {
      readonly total: number;
      readonly components: readonly {
        readonly name: string;
        readonly budget: number;
        readonly monthly: number;
        readonly lines: readonly (Line & { readonly monthly: number })[];
      }[];
    };
    readonly usage: { readonly low: number; readonly expected: number; readonly high: number };
    readonly usageLines: {
      readonly expected: readonly { readonly item: string; readonly monthly: number }[];
    };
  };
  /** Why the stack could not be priced. */
  readonly costError?: string;
  readonly costDifference?: {
    readonly fixed: { readonly before: number; readonly after: number };
    readonly usage: { readonly before: number; readonly after: number };
    readonly lines: readonly (Line & { readonly before: number; readonly after: number })[];
  };
}

/** From where on a change of the bill fails the check; undefined: never. */
export interface Threshold {
  readonly percent?: number;
  readonly usd?: number;
}

const MOST_LINES = 10;
const MOST_DRIVERS = 5;

const dollars = (amount: number): string => `$${Math.round(amount).toLocaleString("en-US")}`;
const signed = (amount: number): string => `${amount < 0 ? "-" : "+"}${dollars(Math.abs(amount))}`;
export const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
const sum = (amounts: readonly number[]): number => amounts.reduce((all, one) => all + one, 0);
const nameOf = (urn: string): string => urn.split("::").at(-1) ?? urn;

function percentOf(before: number, after: number): string {
  if (before === 0) return after === 0 ? "0 %" : "new";
  const percent = (100 * (after - before)) / before;
  return `${percent < 0 ? "" : "+"}${percent.toFixed(1)} %`;
}

/** Nothing of the stack is deployed: all of its cost is new. */
const isNew = ({ changes }: PricedDocument): boolean =>
  Object.entries(changes).every(([kind, count]) => (kind === "create") === count > 0);

/** The platform's month, fixed and expected use, before the change and after it. */
function platformOf(documents: readonly PricedDocument[]) {
  const months = documents.flatMap((document) => {
    const { cost, costDifference: changed } = document;
    if (cost === undefined) return [];
    const after = cost.fixed.total + cost.usage.expected;
    const same = isNew(document) ? 0 : after;
    const before = changed === undefined ? same : changed.fixed.before + changed.usage.before;
    return [{ before, after }];
  });
  return {
    before: sum(months.map(({ before }) => before)),
    after: sum(months.map(({ after }) => after)),
  };
}

/** Why the check fails; undefined: the change stays below the threshold. */
export function overThreshold(
  documents: readonly PricedDocument[],
  { percent, usd }: Threshold,
): string | undefined {
  if (percent === undefined && usd === undefined) return undefined;
  const unpriced = documents.filter(({ costError }) => costError !== undefined);
  if (unpriced.length > 0)
    return `not priced, so no threshold holds: ${unpriced.map(({ stack }) => stack).join(", ")}`;
  const { before, after } = platformOf(documents);
  const more = after - before;
  const limits = [
    ...(usd === undefined ? [] : [{ limit: usd, said: dollars(usd) }]),
    ...(percent === undefined ? [] : [{ limit: (before * percent) / 100, said: `${percent} %` }]),
  ];
  const broken = limits.find(({ limit }) => more > limit);
  return broken === undefined
    ? undefined
    : `the platform would cost ${signed(more)} (${percentOf(before, after)}) a month: more than ${broken.said}`;
}

function changedLines(documents: readonly PricedDocument[]): string[] {
  const rows = documents.flatMap(({ stack, costDifference }) =>
    (costDifference?.lines ?? []).map((line) => ({ stack, ...line })),
  );
  if (rows.length === 0) return [];
  const sorted = rows.toSorted(
    (a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before),
  );
  return [
    "",
    "| Stack | Changed | Before | After | Change |",
    "|---|---|---:|---:|---:|",
    ...sorted
      .slice(0, MOST_LINES)
      .map(
        ({ stack, urn, item, before, after }) =>
          `| ${cell(stack)} | ${cell(`${item} of ${nameOf(urn)}`)} | ${dollars(before)} | ${dollars(after)} | ${signed(after - before)} (${percentOf(before, after)}) |`,
      ),
    ...(rows.length > MOST_LINES ? ["", `and ${rows.length - MOST_LINES} more lines`] : []),
  ];
}

function drivers(documents: readonly PricedDocument[]): string[] {
  const lines = documents.flatMap(({ stack, cost }) => [
    ...(cost?.fixed.components ?? []).flatMap((component) =>
      component.lines.map(({ urn, item, monthly }) => ({
        text: `${item} of ${nameOf(urn)} in ${stack}`,
        monthly,
      })),
    ),
    ...(cost?.usageLines.expected ?? []).map(({ item, monthly }) => ({
      text: `${item} in ${stack}`,
      monthly,
    })),
  ]);
  const all = sum(lines.map(({ monthly }) => monthly));
  const top = lines.toSorted((a, b) => b.monthly - a.monthly).slice(0, MOST_DRIVERS);
  const shown = top.map(
    ({ text, monthly }) =>
      `- ${dollars(monthly)} (${Math.round((100 * monthly) / Math.max(1, all))} %) ${cell(text)}`,
  );
  return shown.length === 0 ? [] : ["", "Largest, at the expected use:", "", ...shown];
}

const componentRows = (documents: readonly PricedDocument[]): string[] =>
  documents.flatMap(({ stack, cost }) =>
    (cost?.fixed.components ?? []).map(({ name, budget, monthly }) => {
      const used =
        monthly > budget ? "**over**" : `${Math.round((100 * monthly) / Math.max(1, budget))} %`;
      return `| ${cell(stack)} | ${cell(name)} | ${dollars(monthly)} | ${dollars(budget)} | ${used} |`;
    }),
  );

/** The comment's part on cost: the platform's total, what changes it, what drives it, the budgets. */
export function costSection(
  documents: readonly PricedDocument[],
  threshold: Threshold = {},
): string {
  const failed = documents.flatMap(({ stack, costError }) =>
    costError === undefined ? [] : [`- ${stack} is **not priced**: ${cell(costError)}`],
  );
  const priced = documents.filter(({ cost }) => cost !== undefined);
  if (priced.length === 0)
    return failed.length === 0 ? "" : ["### Cost a month", "", ...failed].join("\n");
  const { before, after } = platformOf(documents);
  const over = overThreshold(documents, threshold);
  return [
    "### Cost a month",
    "",
    `**${dollars(after)}** for the ${priced.length} ${priced.length === 1 ? "region" : "regions"} above, fixed and expected use: ${signed(after - before)} (${percentOf(before, after)}) against what is deployed`,
    ...(over === undefined ? [] : ["", `**Over the threshold**: ${over}`]),
    ...changedLines(documents),
    ...drivers(documents),
    "",
    "| Stack | Component | Fixed | Budget | Used |",
    "|---|---|---:|---:|---:|",
    ...componentRows(documents),
    "",
    ...priced.map(
      ({ stack, cost }) =>
        `- ${stack}: usage ${dollars(cost?.usage.low ?? 0)} to ${dollars(cost?.usage.high ?? 0)} a month, expected ${dollars(cost?.usage.expected ?? 0)}; prices as of ${cost?.asOf ?? ""}`,
    ),
    ...failed,
  ].join("\n");
}
