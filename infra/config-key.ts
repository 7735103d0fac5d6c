import type { z } from "zod";

export interface Key {
  readonly schema: z.ZodType;
  readonly type: "string" | "integer" | "boolean" | "array" | "object";
  readonly description: string;
  /** An optional key is declared to the engine as "" or []. */
  readonly default:
    | string
    | number
    | boolean
    | readonly string[]
    | readonly number[]
    | Readonly<Record<string, never>>;
  /** Type of an array's items. @default "string" */
  readonly items?: "string" | "integer";
}
