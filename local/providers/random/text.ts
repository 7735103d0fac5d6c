import { randomInt } from "node:crypto";
import type { CheckFailure, Properties } from "../provider.ts";

export const TEXT_INPUTS: readonly string[] = [
  "keepers",
  "length",
  "lower",
  "minLower",
  "minNumeric",
  "minSpecial",
  "minUpper",
  "number",
  "numeric",
  "overrideSpecial",
  "special",
  "upper",
];

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const NUMERIC = "0123456789";
/** pulumi-random's own default. */
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

interface Class {
  readonly characters: string;
  readonly min: number;
}

function classesOf(inputs: Properties): Class[] {
  const used = (key: string): boolean => inputs[key] !== false;
  const min = (key: string): number => (typeof inputs[key] === "number" ? inputs[key] : 0);
  const special =
    typeof inputs["overrideSpecial"] === "string" && inputs["overrideSpecial"] !== ""
      ? inputs["overrideSpecial"]
      : SPECIAL;
  return [
    ...(used("lower") ? [{ characters: LOWER, min: min("minLower") }] : []),
    ...(used("upper") ? [{ characters: UPPER, min: min("minUpper") }] : []),
    ...(used("numeric") && used("number") ? [{ characters: NUMERIC, min: min("minNumeric") }] : []),
    ...(used("special") ? [{ characters: special, min: min("minSpecial") }] : []),
  ];
}

export function textFailures(inputs: Properties): CheckFailure[] {
  const { length } = inputs;
  if (typeof length !== "number" || !Number.isInteger(length) || length < 1) {
    return [{ property: "length", reason: "must be a whole number of at least 1" }];
  }
  const classes = classesOf(inputs);
  if (classes.length === 0)
    return [{ property: "length", reason: "every class of characters is switched off" }];
  const minimum = classes.reduce((sum, { min }) => sum + min, 0);
  return minimum > length
    ? [{ property: "length", reason: `must be at least ${minimum}, the sum of the minima` }]
    : [];
}

const pick = (characters: string): string => characters.charAt(randomInt(characters.length));

/** Text of `length` characters with the asked minimum of each class, in an order without a pattern. */
export function randomText(inputs: Properties): string {
  const classes = classesOf(inputs);
  const all = classes.map(({ characters }) => characters).join("");
  const text = classes.flatMap(({ characters, min }) =>
    Array.from({ length: min }, () => pick(characters)),
  );
  while (text.length < Number(inputs["length"])) text.push(pick(all));
  for (let i = text.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [text[i], text[j]] = [text[j] ?? "", text[i] ?? ""];
  }
  return text.join("");
}
