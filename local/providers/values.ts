import { createRequire } from "node:module";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { Secret, UNKNOWN, type Properties, type Value } from "./provider.ts";

const require = createRequire(import.meta.url);
// CommonJS made by protoc: its exports are not visible to static ESM analysis.
const { Struct: StructMessage } = require("google-protobuf/google/protobuf/struct_pb.js") as {
  Struct: { fromJavaScript(value: Record<string, unknown>): Struct };
};

/** Key under which the engine tags values that JSON has no words for (sdk/go/common/resource/sig). */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SIGNATURES = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
} as const;

/** Stands for an unknown of any type; the first is the one that providers send. */
const UNKNOWN_SENTINELS: readonly string[] = [
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];

/** A value that this protocol carries but the embedded cloud does not take. */
export class UnsupportedValueError extends Error {}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unmarshal(value: unknown, path: string): Value {
  if (typeof value === "string") return UNKNOWN_SENTINELS.includes(value) ? UNKNOWN : value;
  if (Array.isArray(value)) return value.map((item, index) => unmarshal(item, `${path}[${index}]`));
  if (isObject(value)) {
    return SIGNATURE_KEY in value ? unmarshalTagged(value, path) : unmarshalObject(value, path);
  }
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  throw new UnsupportedValueError(`${path}: a ${typeof value} cannot be a property`);
}

function unmarshalTagged(value: Record<string, unknown>, path: string): Value {
  switch (value[SIGNATURE_KEY]) {
    case SIGNATURES.secret:
      return new Secret(unmarshal(value["value"], path));
    case SIGNATURES.output: {
      // Without a value the output is not known yet. Its dependencies are the engine's business.
      const inner = "value" in value ? unmarshal(value["value"], path) : UNKNOWN;
      return value["secret"] === true ? new Secret(inner) : inner;
    }
    case SIGNATURES.resource:
      return typeof value["id"] === "string" ? unmarshal(value["id"], path) : UNKNOWN;
    case SIGNATURES.asset:
    case SIGNATURES.archive:
      throw new UnsupportedValueError(
        `${path}: assets and archives are not supported by the embedded cloud`,
      );
    default:
      throw new UnsupportedValueError(`${path}: a value of unknown signature`);
  }
}

function unmarshalObject(value: Record<string, unknown>, path: string): Properties {
  const properties: Properties = {};
  for (const [key, item] of Object.entries(value)) {
    properties[key] = unmarshal(item, path === "" ? key : `${path}.${key}`);
  }
  return properties;
}

export function fromStruct(struct: Struct | undefined): Properties {
  return struct === undefined ? {} : unmarshalObject(struct.toJavaScript(), "");
}

function marshal(value: Value): unknown {
  if (value === UNKNOWN) return UNKNOWN_SENTINELS[0];
  if (value instanceof Secret)
    return { [SIGNATURE_KEY]: SIGNATURES.secret, value: marshal(value.value) };
  if (Array.isArray(value)) return value.map(marshal);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, marshal(item)]));
  }
  return value;
}

export function toStruct(properties: Properties): Struct {
  return StructMessage.fromJavaScript(marshal(properties) as Record<string, unknown>);
}

/** The value without its secrecy, for use inside the cloud. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value === "object" && value !== null) return revealAll(value);
  return value;
}

export function revealAll(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, reveal(value)]));
}

/** Whether a value is, or contains, one that is not known yet. */
export function hasUnknown(value: Value): boolean {
  if (value === UNKNOWN) return true;
  if (value instanceof Secret) return hasUnknown(value.value);
  if (Array.isArray(value)) return value.some(hasUnknown);
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

/** Deep equality that ignores secrecy and key order; an unknown equals nothing. */
export function sameValue(left: Value | undefined, right: Value | undefined): boolean {
  const a = left instanceof Secret ? reveal(left) : left;
  const b = right instanceof Secret ? reveal(right) : right;
  if (a === UNKNOWN || b === UNKNOWN) return false;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  if (isProperties(a)) {
    if (!isProperties(b)) return false;
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => sameValue(a[key], b[key]));
  }
  return a === b;
}

function isProperties(value: Value | undefined): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret)
  );
}

/** Keys whose values differ, in order of name. */
export function changedKeys(olds: Properties, news: Properties): string[] {
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)]);
  return [...keys].filter((key) => !sameValue(olds[key], news[key])).sort();
}
