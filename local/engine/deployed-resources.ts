import type { Deployment } from "@pulumi/pulumi/automation/index.js";
import {
  at,
  isObject,
  listAt,
  plannedOf,
  textAt,
  type PlannedObject,
} from "../../policies/lib/planned.ts";
import type { PlannedStack, StackResource } from "../../policies/lib/rule.ts";

/** A provider's reference is its URN and its id. */
const urnOf = (reference: string): string => reference.split("::").slice(0, -1).join("::");

/** The resources of an exported state as the policies see planned ones: by their inputs. */
export function deployedStack(
  stack: string,
  { deployment }: Deployment,
  today: Date,
): PlannedStack {
  const states = listAt(plannedOf(deployment), "resources").filter(isObject);
  const known = new Map<string, StackResource>();
  for (const state of states) {
    const urn = textAt(state, "urn") ?? "";
    const inputs = at(state, "inputs");
    const provider = known.get(urnOf(textAt(state, "provider") ?? ""))?.props;
    // A replacement's old half waits to be deleted.
    if (at(state, "delete") === true) continue;
    known.set(urn, {
      urn,
      type: textAt(state, "type") ?? "",
      name: urn.split("::").slice(3).join("::"),
      props: isObject(inputs) ? inputs : {},
      protect: at(state, "protect") === true,
      ignoreChanges: [],
      ...(provider === undefined ? {} : { provider }),
      relations: (property) => relationsOf(state, property, known),
    });
  }
  return { stack, resources: [...known.values()], today };
}

/** State files name a property's sources by URN, in an object whose keys are the properties. */
function relationsOf(
  state: PlannedObject,
  property: string,
  known: ReadonlyMap<string, StackResource>,
): StackResource[] {
  const all = at(state, "propertyDependencies");
  const urns = isObject(all) ? listAt({ urns: all[property] ?? [] }, "urns") : [];
  return urns
    .map((urn) => (typeof urn === "string" ? known.get(urn) : undefined))
    .filter((other) => other !== undefined);
}
