import * as pulumi from "@pulumi/pulumi";
import { RUNS } from "./runs.ts";
import type { Change, Find, Mutant, Place } from "./mutant.ts";

/**
 * The program of `infra/`, with faults: the engine runs this file in its place, and the number of the
 * run in SECUREVPN_MUTANTS says which faults.
 */
const mutants: readonly Mutant[] = RUNS[Number(process.env["SECUREVPN_MUTANTS"])]?.mutants ?? [];
const made = new Map<string, unknown>();
const keyOf = ({ type, name }: Place): string => `${type} ${name}`;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const find: Find = (place, property) => {
  const resource = made.get(keyOf(place));
  if (!isObject(resource)) throw new pulumi.RunError(`${keyOf(place)} is not made yet`);
  return pulumi.output(Reflect.get(resource, property) as unknown);
};

/** A copy of an input with one value in it replaced, outputs on the way passed through. */
function edited(value: unknown, keys: readonly string[], next: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return next;
  if (pulumi.Output.isInstance<unknown>(value))
    return value.apply((known) => edited(known, keys, next));
  if (value instanceof Promise) return value.then((known) => edited(known, keys, next));
  if (!Array.isArray(value)) {
    const object: object = isObject(value) ? value : {};
    return { ...object, [key]: edited(Reflect.get(object, key), rest, next) };
  }
  const [, field = "", text = ""] = /^(\w+)=(.+)$/.exec(key) ?? [];
  const items = value.map((item: unknown) => item);
  const place =
    field === ""
      ? Number(key)
      : items.findIndex((item) => isObject(item) && Reflect.get(item, field) === text);
  if (place < 0) throw new pulumi.RunError(`no item has ${key}`);
  items[place] = edited(items[place], rest, next);
  return items;
}

function changed(
  props: object,
  changes: Readonly<Record<string, Change>>,
): Record<string, unknown> {
  const result = Object.entries(changes).reduce<unknown>(
    (before, [path, change]) =>
      edited(before, path.split(" > "), typeof change === "function" ? change(find) : change),
    props,
  );
  return isObject(result) ? { ...result } : {};
}

pulumi.runtime.registerStackTransformation(({ type, name, props, opts, resource }) => {
  const place = { type, name };
  made.set(keyOf(place), resource);
  const mine = mutants.filter((one) => one.added === undefined && keyOf(one.of) === keyOf(place));
  if (mine.length === 0) return undefined;
  const given: object = isObject(props) ? props : {};
  return {
    props: mine.reduce((before, { change = {} }) => changed(before, change), given),
    opts: mine.reduce((before, { options = {} }) => ({ ...before, ...options }), opts),
  };
});

await import("../../../infra/index.ts");

function providerOf(kind: "aws" | "kubernetes"): pulumi.ProviderResource {
  const provider = made.get(keyOf({ type: `pulumi:providers:${kind}`, name: kind }));
  if (!(provider instanceof pulumi.ProviderResource))
    throw new pulumi.RunError(`the program has no provider ${kind}`);
  return provider;
}

class Added extends pulumi.CustomResource {}

for (const { of, added, change = {}, options = {} } of mutants) {
  if (added === undefined) {
    if (!made.has(keyOf(of))) throw new pulumi.RunError(`the program has no ${keyOf(of)}`);
    continue;
  }
  const opts = { provider: providerOf(added), ...options };
  const resource = new Added(of.type, of.name, changed({}, change), opts);
  made.set(keyOf(of), resource);
}
