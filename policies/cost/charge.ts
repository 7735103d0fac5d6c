import type { PlannedStack, StackResource } from "../lib/rule.ts";
import type { Component } from "./plan.ts";

/** One thing that a resource costs every month. */
export interface Charge {
  readonly component: Component;
  /** What is paid for, in words. */
  readonly item: string;
  /** In the price row's unit: hours of all pieces, GB. */
  readonly quantity: number;
  /** Price row: service and item. */
  readonly price: readonly [service: string, item: string];
}

export interface PricingContext {
  readonly stack: PlannedStack;
  /** AWS region of the resource. */
  readonly region: string;
}

/** How one family of resource types is priced. */
export interface Family {
  readonly types: readonly string[];
  /** Throws a CostError where an input that decides the price is not known. */
  readonly charges: (resource: StackResource, context: PricingContext) => readonly Charge[];
}
