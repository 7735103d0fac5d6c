import { at, isObject, textAt, UNKNOWN, type Planned, type PlannedObject } from "./planned.ts";
import type { PlannedResource } from "./rule.ts";

/** A nested setting of a provider, which the engine passes as JSON text. */
export function decoded(value: Planned | undefined): PlannedObject {
  if (isObject(value)) return value;
  if (typeof value !== "string") return {};
  const parsed = JSON.parse(value) as unknown;
  return typeof parsed === "object" && parsed !== null
    ? Object.fromEntries(Object.entries(parsed))
    : {};
}

/** Tags that the provider puts on everything it makes. */
export function defaultTagsOf({ provider }: PlannedResource): PlannedObject {
  const tags = at(decoded(at(provider, "defaultTags")), "tags");
  return isObject(tags) ? tags : {};
}

/** A resource's tags, the provider's defaults included; an unknown value is still a tag. */
export function tagsOf(resource: PlannedResource): PlannedObject {
  const own = at(resource.props, "tags");
  return { ...defaultTagsOf(resource), ...(isObject(own) ? own : {}) };
}

export const hasUnknownTags = (resource: PlannedResource): boolean =>
  at(resource.props, "tags") === UNKNOWN;

/** AWS region of a stack: that of its AWS provider. */
export function awsRegionOf(resources: readonly PlannedResource[]): string | undefined {
  const provider = resources.find(({ type }) => type === "pulumi:providers:aws");
  return textAt(provider?.props, "region");
}
