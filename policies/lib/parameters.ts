import { isSet, objectsAt, textAt, numberAt, type PlannedObject } from "./planned.ts";

/** Values of a parameter of a parameter group, as text: a name may stand there twice. */
export const parametersOf = (props: PlannedObject, name: string): string[] =>
  objectsAt(props, "parameters")
    .filter((one) => textAt(one, "name")?.toLowerCase() === name)
    .map((one) => textAt(one, "value") ?? numberAt(one, "value")?.toString() ?? "unknown");

/** Value of a parameter that is stated once; of two, AWS says which counts. */
export function parameterOf(props: PlannedObject, name: string): string | undefined {
  const values = new Set(parametersOf(props, name));
  return values.size > 1 ? [...values].join(" and ") : [...values][0];
}

/** Without a group of its own a database or cache has AWS's defaults, which no rule sees. */
export const hasOwnGroup = (props: PlannedObject): boolean =>
  isSet(props, "parameterGroupName") &&
  !(textAt(props, "parameterGroupName") ?? "").startsWith("default");
