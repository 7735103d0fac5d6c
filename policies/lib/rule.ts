import { LOCAL_STACK } from "../../facts/regions.ts";
import type { PlannedObject } from "./planned.ts";

export type Level = "mandatory" | "advisory";

/** A resource as the program asks for it, before any cloud has seen it. */
export interface PlannedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly props: PlannedObject;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  /** Properties of the explicit provider; undefined for components. */
  readonly provider?: PlannedObject;
}

/** A resource with what it hangs on, as the stack's rules see it. */
export interface StackResource extends PlannedResource {
  /** Resources that a property's value comes from: known in preview when the value is not. */
  readonly relations: (property: string) => readonly StackResource[];
  /** What the cloud says of it, as far as known: in a first preview nothing but inputs, or not even those. */
  readonly answered?: () => PlannedObject;
}

export interface PlannedStack {
  /** Name of the stack, e.g. `prod`. */
  readonly stack: string;
  readonly resources: readonly StackResource[];
  /** Day of the run, for prices and versions that grow old. */
  readonly today: Date;
}

/** What is wrong: a sentence that says what must be true, and where. */
export interface Finding {
  readonly message: string;
  readonly urn?: string;
}

/**
 * A policy as a value. `resource` judges one resource before it is made; `stack` judges relations,
 * which only the whole stack shows.
 */
export interface Rule {
  /** Id of the policy table, e.g. `A07`. */
  readonly id: string;
  readonly name: string;
  readonly level: Level;
  readonly description: string;
  /** Public control that it answers; OWN: ours. */
  readonly source: string;
  readonly resource?: {
    /** @default every type */
    readonly types?: readonly string[];
    /** Sentences about one resource. */
    readonly check: (resource: PlannedResource) => readonly string[];
  };
  readonly stack?: (stack: PlannedStack) => readonly Finding[];
}

/** The sentences whose condition does not hold. */
export function unless(...conditions: readonly (readonly [boolean, string])[]): string[] {
  return conditions.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}

/** Findings about one resource of a stack. */
export function found(resource: PlannedResource, sentences: readonly string[]): Finding[] {
  return sentences.map((message) => ({ message, urn: resource.urn }));
}

/**
 * Whether a stack is the embedded cloud's. Its name says so and nothing that the judged program says
 * of itself: a tag or a config key in the stack's file would switch policies off.
 */
export const isLocal = ({ stack }: Pick<PlannedStack, "stack">): boolean => stack === LOCAL_STACK;

export const stackOf = (urn: string): string => urn.split("::")[0]?.split(":").at(-1) ?? "";
