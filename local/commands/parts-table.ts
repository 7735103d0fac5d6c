import type { Part } from "../cloud/parts.ts";

/** The parts as an aligned table, one line each. */
export function renderParts(parts: readonly Part[]): string {
  const width = Math.max(4, ...parts.map((part) => part.name.length));
  return parts
    .map((part) => {
      const restarts = part.restarts ? ` (restarted ${part.restarts} times)` : "";
      return `  ${part.name.padEnd(width)}  ${part.state.padEnd(10)}  ${(part.address ?? "").padEnd(22)} ${part.detail ?? ""}${restarts}`.trimEnd();
    })
    .join("\n");
}
