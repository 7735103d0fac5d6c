import { isSet, objectsAt, textAt, numberAt, type PlannedObject } from "./planned.ts";

/** Value of a parameter of a parameter group, as text. */
export function parameterOf(props: PlannedObject, name: string): string | undefined {
  const item = objectsAt(props, "parameters").find((one) => textAt(one, "name") === name);
  if (item === undefined) return undefined;
  return textAt(item, "value") ?? numberAt(item, "value")?.toString();
}

/** Without a group of its own a database or cache has AWS's defaults, which no rule sees. */
export const hasOwnGroup = (props: PlannedObject): boolean =>
  isSet(props, "parameterGroupName") &&
  !(textAt(props, "parameterGroupName") ?? "").startsWith("default");
