import type { Golden } from "./build.ts";

/** Enough to see what changed; the whole difference is in the file once its script has run. */
const MOST_RESOURCES = 8;
const MOST_PATHS = 6;
const LONGEST_VALUE = 120;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}…`;
}

/** Paths at which two values differ, each with what was and what is. */
function differences(was: unknown, is: unknown, path: string): string[] {
  if (isRecord(was) && isRecord(is) && Array.isArray(was) === Array.isArray(is)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return keys.flatMap((key) =>
      differences(was[key], is[key], path === "" ? key : `${path}.${key}`),
    );
  }
  return JSON.stringify(was) === JSON.stringify(is)
    ? []
    : [`${path}: ${shown(was)} -> ${shown(is)}`];
}

function cut(lines: readonly string[], most: number, what: string): string[] {
  return lines.length <= most
    ? [...lines]
    : [...lines.slice(0, most), `… and ${lines.length - most} more ${what}`];
}

/** What differs between a golden file and the program, resource by resource; empty: nothing. */
export function goldenDifference(was: Golden, is: Golden): string[] {
  const names = [...new Set([...Object.keys(was.resources), ...Object.keys(is.resources)])].sort();
  const changed = names.flatMap((name) => {
    const [before, after] = [was.resources[name], is.resources[name]];
    if (before === undefined) return [`+ ${name}`];
    if (after === undefined) return [`- ${name}`];
    const paths = differences(before, after, "");
    return paths.length === 0
      ? []
      : [[`~ ${name}`, ...cut(paths, MOST_PATHS, "inputs")].join("\n    ")];
  });
  const outputs = differences(was.outputs, is.outputs, "").map((line) => `~ output ${line}`);
  return cut([...changed, ...outputs], MOST_RESOURCES, "resources or outputs");
}
