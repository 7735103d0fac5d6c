import { KEYS } from "../config-keys.ts";

/** The configuration table of the README, made from the schema. */
export function configTable(): string {
  const rows = Object.entries(KEYS).map(([name, { type, description, default: value }]) => {
    const shown =
      value === "" ? "empty" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
    return `| \`${name}\` | ${type} | ${shown} | ${description.replaceAll("|", "\\|")} |`;
  });
  return ["| Key (`securevpn:`) | Type | Default | Meaning |", "|---|---|---|---|", ...rows].join(
    "\n",
  );
}
