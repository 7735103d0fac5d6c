import { existsSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "./workspace.ts";

interface KnownPolicy {
  readonly name: string;
  readonly level: string;
}

function isPolicyList(value: unknown): value is KnownPolicy[] {
  return (
    Array.isArray(value) &&
    value.every(
      (item: unknown) =>
        typeof item === "object" && item !== null && "name" in item && "level" in item,
    )
  );
}

/** Every policy of the pack, so that a report can also name those that found nothing. */
export async function knownPolicies(root = PROJECT_ROOT): Promise<readonly KnownPolicy[]> {
  const file = join(root, "policies", "rules.ts");
  if (!existsSync(file)) return [];
  const module = (await import(file)) as { RULES?: unknown };
  return isPolicyList(module.RULES) ? module.RULES.map(({ name, level }) => ({ name, level })) : [];
}
