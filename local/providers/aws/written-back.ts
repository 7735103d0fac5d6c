import type { Properties, Value } from "../provider.ts";
import { listOf, objectOf, textOf } from "./records.ts";

/**
 * Parameters that RDS's own default groups state, by the first PostgreSQL major that has them so.
 * Asking for the same value changes nothing: the entry stays RDS's, and with it RDS's apply method.
 */
const STATED_BY_RDS: Readonly<Record<string, { readonly value: string; readonly since: number }>> =
  {
    "rds.force_ssl": { value: "1", since: 15 },
  };

const majorOf = (family: string | undefined): number =>
  Number(/^postgres(\d+)$/.exec(family ?? "")?.[1] ?? 0);

function parameterWrittenBack(parameter: Value, major: number): Value {
  const asked = objectOf(parameter);
  const stated = STATED_BY_RDS[textOf(asked["name"]) ?? ""];
  return stated !== undefined && major >= stated.since && asked["value"] === stated.value
    ? { ...asked, applyMethod: "pending-reboot" }
    : parameter;
}

/** Parameters of an RDS group: one that equals RDS's own comes back with RDS's apply method. */
export function parametersWrittenBack(inputs: Properties): Properties {
  const major = majorOf(textOf(inputs["family"]));
  if (!Array.isArray(inputs["parameters"])) return inputs;
  return {
    ...inputs,
    parameters: listOf(inputs["parameters"]).map((item) => parameterWrittenBack(item, major)),
  };
}

const EVERY_KEY = "~*";
const EVERY_CHANNEL = "&*";
const ALIASES: Readonly<Record<string, string>> = {
  allkeys: EVERY_KEY,
  allchannels: EVERY_CHANNEL,
  allcommands: "+@all",
  nocommands: "-@all",
};

/**
 * An access string of ElastiCache in the form in which it comes back: switch (off unless said), keys,
 * channels, then commands from `-@all` on, in their order. Resets say nothing and go.
 */
export function normalAccessString(asked: string): string {
  const rules = asked
    .split(/\s+/)
    .filter((rule) => rule !== "")
    .map((rule) => ALIASES[rule] ?? rule);
  const commands = rules.filter((rule) => /^[+-]/.test(rule));
  const everything = commands.length === 1 && commands[0] === "+@all";
  return [
    rules.includes("on") ? "on" : "off",
    ...rules.filter((rule) => /^[~%]/.test(rule)),
    ...rules.filter((rule) => rule.startsWith("&")),
    ...(everything || commands[0] === "-@all" ? [] : ["-@all"]),
    ...commands,
  ].join(" ");
}

export function accessStringWrittenBack(inputs: Properties): Properties {
  const asked = textOf(inputs["accessString"]);
  return asked === undefined ? inputs : { ...inputs, accessString: normalAccessString(asked) };
}
