import type { Json, JsonObject } from "../objects.ts";
import { Secret, UNKNOWN, type Properties, type Value } from "../../providers/provider.ts";

/** The plain JSON that goes to the API server. Unknown values are left out. */
export function toJson(value: Value): Json {
  if (value instanceof Secret) return toJson(value.value);
  if (value === UNKNOWN) return null;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "object" && value !== null) return toJsonObject(value);
  return value;
}

export function toJsonObject(properties: Properties): JsonObject {
  const object: JsonObject = {};
  for (const [key, value] of Object.entries(properties)) {
    // A null is a property that the program left out: sent, it would own the field.
    if (value !== UNKNOWN && value !== null) object[key] = toJson(value);
  }
  return object;
}

const isPlainObject = (value: Value | undefined): value is Properties =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Secret);

/** The live value, secret wherever the inputs were. */
function keepSecrecy(inputs: Value | undefined, live: Value): Value {
  if (inputs instanceof Secret) return new Secret(live);
  if (Array.isArray(inputs) && Array.isArray(live))
    return live.map((item, index) => keepSecrecy(inputs[index], item));
  if (isPlainObject(inputs) && isPlainObject(live)) {
    return Object.fromEntries(
      Object.entries(live).map(([key, value]) => [key, keepSecrecy(inputs[key], value)]),
    );
  }
  return live;
}

/** Outputs of a resource: the live object without the bookkeeping that changes at every write. */
export function toOutputs(inputs: Properties, live: JsonObject): Properties {
  const { managedFields: _, ...metadata } = isJsonObject(live["metadata"]) ? live["metadata"] : {};
  const outputs = keepSecrecy(inputs, { ...live, metadata });
  if (!isPlainObject(outputs)) return {};
  if (live["kind"] !== "Secret") return outputs;
  for (const [key, value] of [
    ["data", live["data"]],
    ["stringData", inputs["stringData"]],
  ] as const) {
    if (value !== undefined) outputs[key] = value instanceof Secret ? value : new Secret(value);
  }
  return outputs;
}

export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const textOf = (value: Value | undefined): string | undefined => {
  const plain = value instanceof Secret ? value.value : value;
  return typeof plain === "string" ? plain : undefined;
};

export const objectOf = (value: Value | undefined): Properties => {
  const plain = value instanceof Secret ? value.value : value;
  return isPlainObject(plain) ? plain : {};
};
