import { isObject, listAt, type Planned } from "./planned.ts";
import type { PlannedResource } from "./rule.ts";

/** A provider's nested setting, which the engine passes as JSON text. */
function listOf(value: Planned | undefined): readonly Planned[] {
  if (typeof value !== "string") return listAt({ value }, "value");
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed.filter((item) => typeof item === "string") : [];
  } catch {
    return [];
  }
}

/** Accounts that an AWS provider may touch. */
export const allowedAccounts = (provider: Planned | undefined): readonly string[] =>
  isObject(provider)
    ? listOf(provider["allowedAccountIds"]).filter((item) => typeof item === "string")
    : [];

/** What the embedded cloud calls its account. */
const LOCAL_ACCOUNT = "000000000000";

/**
 * Accounts that are ours: those that the resource's provider may touch. A provider that may touch any
 * has none, so that nothing passes for ours by silence.
 */
export function ownAccounts({ provider }: PlannedResource): readonly string[] {
  const stated = allowedAccounts(provider);
  return stated.length > 0 ? stated : [LOCAL_ACCOUNT];
}
