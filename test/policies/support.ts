import * as proxy from "@pulumi/policy/proxy.js";
import { isObject, UNKNOWN, type Planned, type PlannedObject } from "../../policies/lib/planned.ts";
import { evaluateResource, evaluateStack } from "../../policies/lib/evaluate.ts";
import type { Rule, StackResource } from "../../policies/lib/rule.ts";

/** The stack that fixtures are in: no exception names it. */
const FIXTURES = "fixtures";

/** The day on which fixtures are judged. */
export const TODAY = new Date("2026-11-24T12:00:00Z");

export interface Fixture {
  readonly type: string;
  readonly name: string;
  readonly props: PlannedObject;
  readonly protect?: boolean;
  readonly ignoreChanges?: readonly string[];
  readonly provider?: PlannedObject;
  /** What the cloud answered; absent: nothing yet. */
  readonly answer?: PlannedObject;
  /** Names of the fixtures that a property's value comes from. */
  readonly from?: Readonly<Record<string, readonly string[]>>;
}

/** A copy with the value at a dotted path changed; `undefined` takes it away. */
export function changed(
  props: PlannedObject,
  path: string,
  value: Planned | undefined,
): PlannedObject {
  const change = (here: Planned | undefined, keys: readonly string[]): Planned | undefined => {
    const [key, ...rest] = keys;
    if (key === undefined) return value;
    if (Array.isArray(here)) {
      const list: readonly Planned[] = here;
      return list.flatMap((item, index) => {
        const next = index === Number(key) ? change(item, rest) : item;
        return next === undefined ? [] : [next];
      });
    }
    const object = isObject(here) ? here : {};
    const next = change(object[key], rest);
    const others = Object.entries(object).filter(([name]) => name !== key);
    return Object.fromEntries(next === undefined ? others : [...others, [key, next]]);
  };
  const result = change(props, path.split("."));
  return isObject(result) ? result : {};
}

/** The same fixture with some of its fields broken. */
export const broken = (
  fixture: Fixture,
  changes: Readonly<Record<string, Planned | undefined>>,
): Fixture => ({
  ...fixture,
  props: Object.entries(changes).reduce(
    (props, [path, value]) => changed(props, path, value),
    fixture.props,
  ),
});

/** Fixtures as the resources of one stack, in their relations. */
export function resourcesOf(fixtures: readonly Fixture[], stack = FIXTURES): StackResource[] {
  const known = new Map<string, StackResource>();
  for (const { from = {}, protect = false, ignoreChanges = [], answer, ...fixture } of fixtures) {
    known.set(fixture.name, {
      ...fixture,
      urn: `urn:pulumi:${stack}::securevpn::${fixture.type}::${fixture.name}`,
      protect,
      ignoreChanges,
      answered: () => answer ?? {},
      relations: (property) =>
        (from[property] ?? []).map((name) => {
          const other = known.get(name);
          if (other === undefined) throw new Error(`fixture ${fixture.name} names ${name}`);
          return other;
        }),
    });
  }
  return [...known.values()];
}

/** Every sentence that a rule says about fixtures, in the resource and in the stack. */
export function findingsOf(
  rule: Rule,
  fixtures: readonly Fixture[],
  { stack = FIXTURES, today = TODAY }: { readonly stack?: string; readonly today?: Date } = {},
): string[] {
  const resources = resourcesOf(fixtures, stack);
  return [
    ...resources.flatMap((resource) => evaluateResource(rule, resource, today)),
    ...evaluateStack(rule, { stack, resources, today }),
  ].map(({ message }) => message);
}

/** A fixture whose every property is yet to be known. */
export const unknown = (fixture: Fixture): Fixture => ({
  ...fixture,
  props: Object.fromEntries(Object.keys(fixture.props).map((key) => [key, UNKNOWN])),
});

function engineExport(name: string): unknown {
  const value: unknown = Reflect.get(proxy, name);
  if (value === undefined) throw new Error(`@pulumi/policy/proxy.js has no ${name}`);
  return value;
}

/** How the engine marks an unknown text. */
export const ENGINE_UNKNOWN = String(engineExport("unknownStringValue"));

/** Properties as a policy gets them: reading an unknown one throws. */
export function asEngineGives(props: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const wrap = engineExport("unknownCheckingProxy");
  const given: unknown = typeof wrap === "function" ? wrap(props) : undefined;
  if (!isRecord(given)) throw new Error("the pack's proxy gives no object");
  return given;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
