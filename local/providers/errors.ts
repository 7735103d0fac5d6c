import type { Properties } from "./provider.ts";

/**
 * The resource exists, but is not what was asked for (it never became ready, say). The engine keeps
 * it in its state with these outputs, marks it, and the next `up` goes on with an update.
 */
export class InitializationError extends Error {
  readonly id: string;
  readonly outputs: Properties;
  readonly reasons: readonly string[];

  constructor(id: string, outputs: Properties, reasons: readonly string[]) {
    super(reasons.join("; "));
    this.id = id;
    this.outputs = outputs;
    this.reasons = reasons;
  }
}
