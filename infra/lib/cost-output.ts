import * as pulumi from "@pulumi/pulumi";
import type { CostDocument } from "../../policies/cost/document.ts";
import { record } from "../../policies/cost/record.ts";
import { isObject, plannedOf, UNKNOWN, type PlannedObject } from "../../policies/lib/planned.ts";
import type { PlannedStack, StackResource } from "../../policies/lib/rule.ts";

type Seen = pulumi.ResourceTransformationArgs;

/** How the SDK writes a value that preview does not know (sdk/nodejs/runtime/rpc). */
const UNKNOWN_ON_THE_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** Wire values as the policies see them; what is secret or an asset has no price and stays out. */
function withoutSecrets(value: unknown): unknown {
  if (value === UNKNOWN_ON_THE_WIRE) return UNKNOWN;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  if (SIGNATURE in value) return UNKNOWN;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]),
  );
}

function objectOf(value: unknown): PlannedObject {
  const planned = plannedOf(withoutSecrets(value));
  return isObject(planned) ? planned : {};
}

const urnOf = (resource: pulumi.Resource): Promise<string> =>
  new Promise((resolve) => resource.urn.apply(resolve));

/** A resource's inputs, and by URN what each of them hangs on. */
async function resolved({ type, name, props, resource }: Seen) {
  const [values, dependencies] = await pulumi.runtime.serializeResourceProperties(
    `cost of ${type} ${name}`,
    props,
  );
  const sources = new Map<string, readonly string[]>();
  for (const [property, resources] of dependencies)
    sources.set(property, await Promise.all([...resources].map(urnOf)));
  return { urn: await urnOf(resource), type, name, props: objectOf(values), sources };
}

/** The stack as the policies see it. Call it when the program has made its last resource. */
async function plannedStack(seen: readonly Seen[]): Promise<PlannedStack> {
  const items = await Promise.all(seen.map(resolved));
  const known = new Map<string, StackResource>();
  for (const { sources, ...item } of items) {
    known.set(item.urn, {
      ...item,
      protect: false,
      ignoreChanges: [],
      relations: (property) =>
        (sources.get(property) ?? [])
          .map((urn) => known.get(urn))
          .filter((other) => other !== undefined),
    });
  }
  return { stack: pulumi.getStack(), resources: [...known.values()], today: new Date() };
}

/** The estimate without its lines: what one wants to read at the end of `pulumi up`. */
function summaryOf({ currency, asOf, fixed, usage, perTier, unpriced }: CostDocument) {
  const components = fixed.components.map(({ name, budget, monthly }) => ({
    name,
    budget,
    monthly,
  }));
  return { currency, asOf, fixed: { total: fixed.total, components }, usage, perTier, unpriced };
}

export interface CostWatch {
  /** For the options of what is to be priced; children have it too. */
  readonly transformation: pulumi.ResourceTransformation;
  /** The stack's cost, USD a month; called when the program has made its last resource. */
  readonly cost: () => pulumi.Output<unknown>;
}

/** Prices what the program makes by the module that C01 judges with. */
export function watchCost(): CostWatch {
  const seen: Seen[] = [];
  return {
    transformation: (args) => {
      seen.push(args);
      return undefined;
    },
    cost: () =>
      pulumi.output(
        plannedStack([...seen]).then((stack) => {
          const recorded = record(stack);
          if ("error" in recorded) return { error: recorded.error };
          return recorded.cost === null
            ? "none: this region has no bill"
            : summaryOf(recorded.cost);
        }),
      ),
  };
}
