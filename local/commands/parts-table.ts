import { megabytes, type MeasuredPart } from "./memory.ts";

/** The parts as an aligned table, one line each. */
export function renderParts(parts: readonly MeasuredPart[]): string {
  const width = Math.max(4, ...parts.map((part) => part.name.length));
  return parts.map((part) => renderPart(part, width)).join("\n");
}

function renderPart(part: MeasuredPart, width: number): string {
  const restarts = part.restarts ? ` (restarted ${part.restarts} times)` : "";
  const memory = part.memoryBytes === undefined ? "" : megabytes(part.memoryBytes);
  const columns = [
    part.name.padEnd(width),
    part.state.padEnd(10),
    (part.address ?? "").padEnd(22),
    memory.padStart(7),
    `${part.detail ?? ""}${restarts}`,
  ];
  return `  ${columns.join("  ")}`.trimEnd();
}
