import YAML from "yaml";
import type { Key } from "../config-key.ts";
import { KEYS } from "../config-keys.ts";

/** Text of Pulumi.yaml, made from the config schema so that the two cannot drift apart. */
export function projectFile(): string {
  const config = Object.fromEntries(
    Object.entries<Key>(KEYS).map(([name, { type, description, default: value, items }]) => [
      name,
      {
        type,
        ...(type === "array" ? { items: { type: items ?? "string" } } : {}),
        description,
        default: value,
      },
    ]),
  );
  return YAML.stringify(
    {
      name: "securevpn",
      description: "A region of the SecureVPN platform on AWS",
      main: "infra/index.ts",
      runtime: { name: "nodejs", options: { typescript: false } },
      config,
    },
    { lineWidth: 120 },
  );
}
