import type { ResourceRow } from "./report.ts";

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
