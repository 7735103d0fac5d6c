import type { CostDocument, CostLine } from "./document.ts";

/** What a change makes of the bill, USD a month. */
export interface CostDifference {
  readonly fixed: { readonly before: number; readonly after: number };
  readonly usage: { readonly before: number; readonly after: number };
  /** Lines that are new, gone or of another amount, the largest first. */
  readonly lines: readonly {
    readonly urn: string;
    readonly item: string;
    readonly before: number;
    readonly after: number;
  }[];
}

/** Amounts by resource and by what is paid for; a size in the item's words makes another item. */
function amounts({ fixed }: CostDocument): Map<string, CostLine> {
  const lines = fixed.components.flatMap((component) => component.lines);
  return new Map(lines.map((line) => [`${line.urn} ${line.item}`, line]));
}

/** The difference to what is deployed; undefined: the bill stays as it is. */
export function differenceOf(
  before: CostDocument,
  after: CostDocument,
): CostDifference | undefined {
  const old = amounts(before);
  const now = amounts(after);
  const lines = [...new Set([...old.keys(), ...now.keys()])]
    .map((key) => {
      const line = now.get(key) ?? old.get(key);
      return {
        urn: line?.urn ?? "",
        item: line?.item ?? "",
        before: old.get(key)?.monthly ?? 0,
        after: now.get(key)?.monthly ?? 0,
      };
    })
    .filter((line) => line.before !== line.after)
    .toSorted((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
  const usage = { before: before.usage.expected, after: after.usage.expected };
  if (lines.length === 0 && usage.before === usage.after) return undefined;
  return { fixed: { before: before.fixed.total, after: after.fixed.total }, usage, lines };
}
