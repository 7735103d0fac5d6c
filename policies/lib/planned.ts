/** A value that the engine does not know in preview, e.g. another resource's id. */
export const UNKNOWN: unique symbol = Symbol("unknown in preview");

export type Planned =
  string | number | boolean | null | typeof UNKNOWN | readonly Planned[] | PlannedObject;
export interface PlannedObject {
  readonly [key: string]: Planned | undefined;
}

function property(owner: object, key: string): unknown {
  try {
    return Reflect.get(owner, key) as unknown;
  } catch {
    // The pack's proxy throws where a value is unknown, and reading does nothing else that can throw.
    // Let through, the error would turn a mandatory policy into a warning.
    return UNKNOWN;
  }
}

/** A plain copy of what a policy is given: unknown values become `UNKNOWN` instead of throwing. */
export function plannedOf(value: unknown): Planned {
  if (value === UNKNOWN) return UNKNOWN;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  if (typeof value !== "object" || value === null) return null;
  if (Array.isArray(value)) {
    return Array.from({ length: value.length }, (_, index) =>
      plannedOf(property(value, String(index))),
    );
  }
  return Object.fromEntries(
    Object.keys(value)
      .map((key) => [key, property(value, key)] as const)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, plannedOf(item)]),
  );
}

export const isObject = (value: Planned | undefined): value is PlannedObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isList = (value: Planned | undefined): value is readonly Planned[] => Array.isArray(value);

/** The value at a dotted path; a number in it is an index. An unknown on the way makes it unknown. */
export function at(value: Planned | undefined, path: string): Planned | undefined {
  let here = value;
  for (const key of path.split(".")) {
    if (here === UNKNOWN) return UNKNOWN;
    if (isList(here)) here = here[Number(key)];
    else if (isObject(here)) here = Object.hasOwn(here, key) ? here[key] : undefined;
    else return undefined;
  }
  return here;
}

/** The list at a path; what is no list, or unknown, has no items. */
export function listAt(value: Planned | undefined, path: string): readonly Planned[] {
  const found = at(value, path);
  return isList(found) ? found : [];
}

export const objectsAt = (value: Planned | undefined, path: string): readonly PlannedObject[] =>
  listAt(value, path).filter(isObject);

/** The known text at a path. */
export function textAt(value: Planned | undefined, path: string): string | undefined {
  const found = at(value, path);
  return typeof found === "string" ? found : undefined;
}

/** The known number at a path; digits in quotes count, as the engine passes some numbers so. */
export function numberAt(value: Planned | undefined, path: string): number | undefined {
  const found = at(value, path);
  if (typeof found === "number") return found;
  return typeof found === "string" && /^-?\d+(\.\d+)?$/.test(found) ? Number(found) : undefined;
}

/** The known boolean at a path; launch templates take booleans as text. */
export function flagAt(value: Planned | undefined, path: string): boolean | undefined {
  const found = at(value, path);
  if (typeof found === "boolean") return found;
  return found === "true" ? true : found === "false" ? false : undefined;
}

/** Whether something stands at a path; unknown counts, since what is to come is something. */
export function isSet(value: Planned | undefined, path: string): boolean {
  const found = at(value, path);
  if (isList(found)) return found.length > 0;
  return found !== undefined && found !== null && found !== "";
}

/** Whether the program itself set a property, and not a default of the provider (`__defaults`). */
export function isStated(value: Planned | undefined, key: string): boolean {
  return isSet(value, key) && !listAt(value, "__defaults").includes(key);
}

/** Whether a switch is off for certain: absent or false. An unknown one is not. */
export function isOff(value: Planned | undefined, path: string): boolean {
  const found = at(value, path);
  return found === undefined || found === null || found === false || found === "false";
}
