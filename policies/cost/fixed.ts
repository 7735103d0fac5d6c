import { textAt } from "../lib/planned.ts";
import type { PlannedStack, StackResource } from "../lib/rule.ts";
import type { CostLine } from "./document.ts";
import { CostError } from "./errors.ts";
import { familyOf } from "./families.ts";
import { freeReason } from "./free.ts";
import type { Component } from "./plan.ts";
import type { Price, PriceTable } from "./prices.ts";

/** One line of the bill, with what it is judged and dated by. */
export interface Line extends CostLine {
  readonly component: Component;
  readonly price: Price;
}

export interface Fixed {
  readonly lines: readonly Line[];
  /** `type name` of what is neither priced nor on the free list. */
  readonly unpriced: readonly { readonly urn: string; readonly text: string }[];
  /** What kept a resource from being priced: a missing price, an unknown input. */
  readonly faults: readonly { readonly urn: string; readonly message: string }[];
}

/** A resource may be in another region than its stack: it says so itself, or its provider does. */
export const regionOfResource = ({ props, provider }: StackResource, stackRegion: string): string =>
  textAt(props, "region") ?? textAt(provider, "region") ?? stackRegion;

function linesOf(
  resource: StackResource,
  stack: PlannedStack,
  table: PriceTable,
  stackRegion: string,
): readonly Line[] {
  const region = resource.type.startsWith("aws:")
    ? regionOfResource(resource, stackRegion)
    : stackRegion;
  const charges = familyOf(resource.type)?.charges(resource, { stack, region }) ?? [];
  return charges.map(({ component, item, quantity, price: [service, name] }) => {
    const price = table.find(service, name, region);
    return {
      component,
      urn: resource.urn,
      item,
      quantity,
      unit: price.unit,
      unitPrice: price.usd,
      monthly: quantity * price.usd,
      price,
    };
  });
}

/** Prices every planned resource, and names each that it cannot. */
export function fixedCost(stack: PlannedStack, table: PriceTable, region: string): Fixed {
  const lines: Line[] = [];
  const unpriced: { urn: string; text: string }[] = [];
  const faults: { urn: string; message: string }[] = [];
  for (const resource of stack.resources) {
    const { urn, type, name } = resource;
    if (familyOf(type) === undefined) {
      if (freeReason(type) === undefined) unpriced.push({ urn, text: `${type} ${name}` });
      continue;
    }
    try {
      lines.push(...linesOf(resource, stack, table, region));
    } catch (error) {
      if (!(error instanceof CostError)) throw error;
      faults.push({ urn, message: error.message });
    }
  }
  return { lines, unpriced, faults };
}
