/** Reading recorded inputs: a path that does not lead anywhere is an error that names it. */

import { Secret } from "./program.ts";

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** Value at a path such as `spec.template.spec.containers.0.image`; undefined when it is absent. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => {
    const open = inner instanceof Secret ? inner.value : inner;
    return isRecord(open) ? open[key] : undefined;
  }, value);
}

/** List at a path; absent is an error, for a test that reads nothing cannot fail. */
export function listAt(value: unknown, path: string): readonly unknown[] {
  const found = at(value, path);
  if (!Array.isArray(found)) throw new Error(`${path} is no list: ${JSON.stringify(found)}`);
  return found;
}

export function textAt(value: unknown, path: string): string {
  const found = at(value, path);
  if (typeof found !== "string") throw new Error(`${path} is no text: ${JSON.stringify(found)}`);
  return found;
}

/** Item of a list by its `name`. */
export function named(list: readonly unknown[], name: string): unknown {
  const found = list.find((item) => at(item, "name") === name);
  if (found === undefined)
    throw new Error(`no ${name} among ${list.map((item) => at(item, "name")).join(", ")}`);
  return found;
}
