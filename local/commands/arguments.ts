import { join } from "node:path";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { addressPlan, type AddressPlan } from "../cloud/addresses.ts";
import { PROJECT_ROOT } from "../engine/workspace.ts";

/** A mistake of the person at the keyboard: shown as one message, without a stack trace. */
export class UsageError extends Error {}

/** Parses a command's arguments; an unknown one is named with what is allowed. */
export function parseCommand<T extends NonNullable<ParseArgsConfig["options"]>>(
  usage: string,
  options: T,
  positionals: { min: number; max: number } = { min: 0, max: 0 },
) {
  try {
    const parsed = parseArgs({ options, allowPositionals: true, strict: true });
    const count = parsed.positionals.length;
    if (count < positionals.min || count > positionals.max) throw new UsageError(`usage: ${usage}`);
    return parsed;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`,
    );
  }
}

/** Where this cloud keeps what it writes; SECUREVPN_STATE overrides. */
export function stateDirectory(): string {
  return process.env["SECUREVPN_STATE"] ?? join(PROJECT_ROOT, ".state");
}

export function addresses(): AddressPlan {
  return addressPlan(Number(process.env["SECUREVPN_SLOT"] ?? "0"));
}
export { command } from "./command.ts";
