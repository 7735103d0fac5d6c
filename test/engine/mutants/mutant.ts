import type { Input } from "@pulumi/pulumi";

export interface Place {
  readonly type: string;
  /** Logical name. */
  readonly name: string;
}

/** An output of a resource that the program made before, by which mutants make relations. */
export type Find = (place: Place, property: string) => Input<unknown>;

/** What is put in; `undefined` takes away what is there. */
export type Value = string | number | boolean | undefined | readonly Value[] | Bag;
export interface Bag {
  readonly [key: string]: Value;
}
export type Change = Value | ((find: Find) => unknown);

export interface Consequence {
  readonly policy: string;
  readonly at: Place;
  readonly says: RegExp;
}

/** One fault in the real program, and the sentence with which the engine must refuse it. */
export interface Mutant {
  /** Name of the policy that must stop it. */
  readonly policy: string;
  /** The resource that is changed, or added. */
  readonly of: Place;
  /**
   * New inputs by path, e.g. `spec > containers > 0 > image`; `name=x` in a list is its item of that
   * name. Of an added resource: its inputs.
   */
  readonly change?: Readonly<Record<string, Change>>;
  readonly options?: {
    readonly protect?: boolean;
    readonly ignoreChanges?: string[];
  };
  /** The resource is none of the program's own; made with this provider of the program. */
  readonly added?: "aws" | "kubernetes";
  /** Where the engine must show it; absent: at the resource itself. */
  readonly at?: Place;
  readonly says: RegExp;
  /** What else the same fault breaks. */
  readonly also?: readonly Consequence[];
}
