import { writeFileSync } from "node:fs";
import type { PlannedStack, Rule } from "../lib/rule.ts";
import { documentOf, type CostDocument } from "./document.ts";
import { CostError } from "./errors.ts";
import { estimate, isPriced } from "./estimate.ts";

/** Variable that names the file to which the pack writes the estimate that it judged. */
export const ESTIMATE_FILE = "SECUREVPN_ESTIMATE_FILE";

/** `cost` is null where there is no bill, as in a local region. */
export type Recorded =
  | { readonly cost: CostDocument | null }
  /** Why the stack cannot be priced. */
  | { readonly error: string };

/**
 * The rules, with the estimate left behind for the command that ran the engine: only a stack policy
 * is given what the resources hang on, and so both show the figures that C01 judged.
 */
export function recorded(rules: readonly Rule[], file: string | undefined): readonly Rule[] {
  if (file === undefined) return rules;
  return rules.map((rule) => {
    const { stack } = rule;
    if (rule.id !== "C01" || stack === undefined) return rule;
    return {
      ...rule,
      stack: (planned) => {
        writeFileSync(file, JSON.stringify(record(planned)));
        return stack(planned);
      },
    };
  });
}

/** The estimate of a stack, or why there is none. */
export function record(planned: PlannedStack): Recorded {
  try {
    return { cost: isPriced(planned) ? documentOf(estimate(planned)) : null };
  } catch (error) {
    if (error instanceof CostError) return { error: error.message };
    throw error;
  }
}
