import type { Json, JsonObject } from "../objects.ts";
import { Secret, UNKNOWN, type Properties, type Value } from "../../providers/provider.ts";
import { sameValue } from "../../providers/values.ts";
import { isJsonObject } from "./wire.ts";

/**
 * The inputs as the cluster has them now. `expected` is what applying the inputs again would give (a
 * dry run), `live` what is there. Where the two agree, the input stays as the program wrote it,
 * however the API server spells it (`1000m` is `1`); where they differ, somebody changed it, and the
 * live value takes its place, so that the engine sees the drift.
 */
export function projectInputs(
  inputs: Properties,
  expected: JsonObject,
  live: JsonObject,
): Properties {
  return projectObject(inputs, expected, live);
}

function projectObject(inputs: Properties, expected: JsonObject, live: JsonObject): Properties {
  const projected: Properties = {};
  for (const [key, value] of Object.entries(inputs)) {
    const now = project(value, expected[key], live[key]);
    if (now !== undefined) projected[key] = now;
  }
  return projected;
}

function project(
  input: Value,
  expected: Json | undefined,
  live: Json | undefined,
): Value | undefined {
  if (input instanceof Secret) {
    const inner = project(input.value, expected, live);
    return inner === undefined ? undefined : new Secret(inner);
  }
  if (input === UNKNOWN || sameValue(expected, live)) return input;
  // The API server drops empty maps and lists.
  if (live === undefined) return isEmpty(input) ? input : undefined;
  if (Array.isArray(input))
    return Array.isArray(live) && Array.isArray(expected)
      ? projectArray(input, expected, live)
      : live;
  if (typeof input === "object" && input !== null && isJsonObject(live)) {
    return projectObject(input, isJsonObject(expected) ? expected : {}, live);
  }
  return live;
}

const isEmpty = (value: Value): boolean =>
  typeof value === "object" &&
  value !== null &&
  !(value instanceof Secret) &&
  Object.keys(value).length === 0;

/** Lists of named things are matched by name, so that what others added (sidecars) is no drift. */
function projectArray(input: Value[], expected: Json[], live: Json[]): Value[] {
  const names = input.map(nameOf);
  if (input.length > 0 && names.every((name) => name !== undefined)) {
    return input.flatMap((item) => {
      const find = (list: Json[]): Json | undefined =>
        list.find((other) => nameOf(other) === nameOf(item));
      const now = project(item, find(expected), find(live));
      return now === undefined ? [] : [now];
    });
  }
  if (input.length !== live.length) return live;
  return input.map((item, index) => project(item, expected[index], live[index]) ?? null);
}

function nameOf(value: Value): string | undefined {
  const plain = value instanceof Secret ? value.value : value;
  if (
    typeof plain !== "object" ||
    plain === null ||
    Array.isArray(plain) ||
    plain instanceof Secret
  )
    return undefined;
  const name = plain["name"];
  return typeof name === "string" ? name : undefined;
}

/** Inputs of an object that the program never wrote (an import): all but what the server adds. */
export function importedInputs(live: JsonObject): Properties {
  const { status: _, metadata, ...rest } = live;
  const { name, namespace, labels, annotations } = isJsonObject(metadata) ? metadata : {};
  const kept = Object.entries({ name, namespace, labels, annotations }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    ...rest,
    metadata: Object.fromEntries(kept.map(([key, value]) => [key, value ?? null])),
  };
}
