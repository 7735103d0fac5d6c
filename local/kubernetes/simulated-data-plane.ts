import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Stands in for the WireGuard sidecar where the machine has no tunnel device: reads the desired peers
 * and says that each of them shook hands a moment ago. No packet moves.
 */
const directory = process.env["WIREGUARD_DIR"] ?? ".";
const desired = join(directory, "desired.conf");
const shown = join(directory, "show.txt");
const INTERVAL_MS = 1_000;

interface Section {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

function parse(text: string): Section[] {
  const sections: { name: string; values: Record<string, string> }[] = [];
  for (const line of text.split("\n").map((raw) => raw.replace(/#.*/, "").trim())) {
    const header = /^\[(\w+)\]$/.exec(line);
    const pair = /^(\w+)\s*=\s*(.*)$/.exec(line);
    if (header !== null) sections.push({ name: header[1] ?? "", values: {} });
    else if (pair !== null) {
      const values = sections.at(-1)?.values;
      if (values !== undefined) values[pair[1] ?? ""] = pair[2] ?? "";
    }
  }
  return sections;
}

/** An X25519 private key in DER is this prefix and the 32 bytes. */
const DER_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");

function publicKey(privateKey: string): string {
  const der = Buffer.concat([DER_PREFIX, Buffer.from(privateKey, "base64")]);
  const key = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  return key.export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
}

/** A number of a peer that does not change, so that its counters only grow. */
const seed = (key: string): number => createHash("sha256").update(key).digest().readUInt16BE(0);

function render(sections: readonly Section[], nowSeconds: number): string {
  const own = sections.find((section) => section.name === "Interface")?.values ?? {};
  const secret = own["PrivateKey"] ?? "";
  const first = [secret, secret === "" ? "(none)" : publicKey(secret), own["ListenPort"] ?? "51820", "off"].join("\t");
  const peers = sections
    .filter((section) => section.name === "Peer")
    .map(({ values }) => {
      const key = values["PublicKey"] ?? "";
      const bytes = (nowSeconds % 86_400) * 1_000 + seed(key);
      const keepalive = values["PersistentKeepalive"] ?? "off";
      return [key, "(none)", "198.51.100.1:51820", values["AllowedIPs"] ?? "(none)", nowSeconds - (seed(key) % 90), bytes, bytes * 3, keepalive].join("\t");
    });
  return `${[first, ...peers].join("\n")}\n`;
}

function turn(): void {
  if (!existsSync(desired)) return;
  try {
    const temporary = `${shown}.tmp`;
    writeFileSync(temporary, render(parse(readFileSync(desired, "utf8")), Math.floor(Date.now() / 1000)));
    renameSync(temporary, shown);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
}

setInterval(turn, INTERVAL_MS);
process.once("SIGTERM", () => process.exit(0));
