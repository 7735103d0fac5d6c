import {
  UNKNOWN,
  type DiffResult,
  type Properties,
  type ResourceRef,
  type Value,
} from "../provider.ts";
import { changedKeys, reveal, sameValue } from "../values.ts";
import { isGeneratedName, knownTags } from "./check.ts";
import type { Model } from "./model.ts";
import { objectOf } from "./records.ts";

/** Inputs that name a resource and are never generated. */
export const UNIQUE_NAMES: readonly string[] = [
  "identifier",
  "replicationGroupId",
  "userId",
  "userGroupId",
];

/** What differs from the resource as it is, and whether a new one has to take its place. */
export function diffInputs(
  ref: ResourceRef,
  model: Model,
  old: { readonly inputs: Properties; readonly outputs: Properties },
  news: Properties,
  configuration: Properties,
): DiffResult {
  // As pulumi-aws does: what AWS holds against what the program asks for.
  const held = model.writtenBack(old.inputs);
  const changes = changedKeys(held, news).filter((key) => !model.writeOnly.includes(key));
  const replaces = replacingPaths(model, old.inputs, news).filter((path) =>
    changes.includes(path.split(".")[0] ?? ""),
  );
  const tagsAll = knownTags(model, news, configuration);
  if (tagsAll !== undefined && !sameValue(old.outputs["tagsAll"], tagsAll)) changes.push("tagsAll");
  return {
    changes,
    replaces,
    deleteBeforeReplace: replaces.length > 0 && keepsName(ref, model, old.inputs, news),
  };
}

/** Paths that differ, and that no resource can change in place. */
export const replacingPaths = (model: Model, olds: Properties, news: Properties): string[] =>
  model.replaceOn.filter((path) => !sameValue(at(olds, path), at(news, path)));

/** The value at a dotted path. */
function at(properties: Properties, path: string): Value | undefined {
  const [head = "", ...rest] = path.split(".");
  const value = reveal(properties[head] ?? null);
  if (value === UNKNOWN || rest.length === 0) return value;
  return at(objectOf(value), rest.join("."));
}

/**
 * A name that stays is taken until the old one is gone, so the new one cannot come first. A generated
 * name does not stay: the engine checks the replacement anew, and gets another.
 */
function keepsName(ref: ResourceRef, model: Model, olds: Properties, news: Properties): boolean {
  const name = model.autoName?.input ?? model.replaceOn.find((key) => UNIQUE_NAMES.includes(key));
  if (name === undefined) return typeof model.id === "string" && !model.id.includes("{hex");
  return sameValue(olds[name], news[name]) && !isGeneratedName(ref, name, news);
}
