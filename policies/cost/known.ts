import { at, numberAt, textAt, UNKNOWN } from "../lib/planned.ts";
import type { PlannedResource } from "../lib/rule.ts";
import { CostError } from "./errors.ts";

function unknown({ type, name, props }: PlannedResource, path: string, what: string): CostError {
  const value = at(props, path);
  const shown = value === UNKNOWN ? "not known in preview" : (JSON.stringify(value) ?? "absent");
  return new CostError(
    path,
    `${path} of ${type} ${name} is ${shown}: to price it, it must be ${what}`,
  );
}

/** The number at a path; what is absent counts as `otherwise`, what is unknown cannot be priced. */
export function knownNumber(resource: PlannedResource, path: string, otherwise?: number): number {
  const value = numberAt(resource.props, path);
  if (value !== undefined) return value;
  const absent = at(resource.props, path) === undefined || at(resource.props, path) === null;
  if (absent && otherwise !== undefined) return otherwise;
  throw unknown(resource, path, "a number");
}

export function knownText(resource: PlannedResource, path: string): string {
  const value = textAt(resource.props, path);
  if (value !== undefined) return value;
  throw unknown(resource, path, "a text");
}

const UNITS: Readonly<Record<string, number>> = {
  Ki: 1 / 1024 ** 2,
  Mi: 1 / 1024,
  Gi: 1,
  Ti: 1024,
  M: 1e6 / 1024 ** 3,
  G: 1e9 / 1024 ** 3,
  T: 1e12 / 1024 ** 3,
};

/** A Kubernetes quantity in GB of 2^30 bytes. */
export function knownGibibytes(resource: PlannedResource, path: string): number {
  const [, amount, unit] =
    /^(\d+(?:\.\d+)?)([KMGT]i?)$/.exec(textAt(resource.props, path) ?? "") ?? [];
  const scale = UNITS[unit ?? ""];
  if (amount === undefined || scale === undefined)
    throw unknown(resource, path, 'a size, e.g. "20Gi"');
  return Number(amount) * scale;
}
