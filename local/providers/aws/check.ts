import type { CheckFailure, Properties, ResourceRef, Value } from "../provider.ts";
import { inputsOf, randomHex, type Model } from "./model.ts";
import { textMapOf, textOf } from "./records.ts";
import { hasUnknown, reveal } from "../values.ts";

const SUFFIX_DIGITS = 7;

/** Fills in a generated name, and names every property that this cloud does not know. */
export function checkInputs(
  ref: ResourceRef,
  model: Model,
  news: Properties,
  olds: Properties | undefined,
): { inputs: Properties; failures: CheckFailure[] } {
  const inputs = withName(ref, model, news, olds);
  const known = inputsOf(model);
  const unknown = Object.keys(news)
    .filter((key) => !known.includes(key))
    .map((property) => ({
      property,
      reason: `the embedded cloud does not model "${property}" of ${ref.type}. It enacts ${list(model.enacts)} and keeps ${list(model.echoes)}`,
    }));
  const missing = model.required
    .filter((key) => !isGiven(inputs[key]))
    .map((property) => ({ property, reason: "is required" }));
  const alone = Object.entries(model.needs)
    .filter(([one, other]) => isGiven(inputs[one]) && !isGiven(inputs[other]))
    .map(([property, other]) => ({
      property,
      reason: `all of "${property},${other}" must be specified`,
    }));
  const failures = [...unknown, ...missing, ...alone, ...nameFailures(model, inputs)];
  return { inputs, failures };
}

const isGiven = (value: Value | undefined): boolean => value !== undefined && value !== null;

const list = (words: readonly string[]): string =>
  words.length === 0 ? "nothing" : words.join(", ");

/** As pulumi-aws names things: the logical name and a random suffix, the same for the resource's life. */
function withName(
  ref: ResourceRef,
  model: Model,
  news: Properties,
  olds: Properties | undefined,
): Properties {
  if (model.autoName === undefined || news[model.autoName.input] !== undefined) return news;
  const { input, maxLength } = model.autoName;
  const prefix = textOf(news[`${input}Prefix`]);
  const previous = textOf(olds?.[input]);
  const keeps = previous !== undefined && textOf(olds?.[`${input}Prefix`]) === prefix;
  const stem = (prefix ?? `${ref.name}-`).slice(0, maxLength - SUFFIX_DIGITS);
  return { ...news, [input]: keeps ? previous : `${stem}${randomHex(SUFFIX_DIGITS)}` };
}

export function isGeneratedName(ref: ResourceRef, input: string, inputs: Properties): boolean {
  const name = textOf(inputs[input]) ?? "";
  const stem = textOf(inputs[`${input}Prefix`]) ?? `${ref.name}-`;
  return (
    /^[0-9a-f]{7}$/.test(name.slice(-SUFFIX_DIGITS)) &&
    stem.startsWith(name.slice(0, -SUFFIX_DIGITS))
  );
}

function nameFailures(model: Model, inputs: Properties): CheckFailure[] {
  if (model.autoName === undefined) return [];
  const { input, maxLength } = model.autoName;
  const name = textOf(reveal(inputs[input] ?? null));
  return name !== undefined && name.length > maxLength
    ? [
        {
          property: input,
          reason: `"${name}" has ${name.length} characters; allowed: at most ${maxLength}`,
        },
      ]
    : [];
}

/** Tags with the provider's default tags below them. The engine hands nested configuration over as JSON text. */
export function allTags(
  model: Model,
  inputs: Properties,
  configuration: Properties,
): Record<string, string> | undefined {
  if (!model.tagged) return undefined;
  const raw = reveal(configuration["defaultTags"] ?? null);
  const parsed: unknown = typeof raw === "string" ? JSON.parse(raw) : raw;
  const defaults =
    typeof parsed === "object" && parsed !== null && "tags" in parsed ? parsed.tags : {};
  return { ...(isTextMap(defaults) ? defaults : {}), ...textMapOf(reveal(inputs["tags"] ?? null)) };
}

/** As `allTags`; undefined also while a preview does not know them. */
export const knownTags = (
  model: Model,
  inputs: Properties,
  configuration: Properties,
): Record<string, string> | undefined =>
  hasUnknown(inputs["tags"] ?? null) ? undefined : allTags(model, inputs, configuration);

function isTextMap(value: unknown): value is Record<string, string> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((item) => typeof item === "string")
  );
}
