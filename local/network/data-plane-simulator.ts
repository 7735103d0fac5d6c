/**
 * Plays the data plane of a VPN server where the machine cannot have a real one: reads the peers
 * that the agent wants (`desired.conf`) and reports them back in the format of `wg show IF dump`
 * (`show.txt`), each with a recent handshake. Environment: WIREGUARD_DIR.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "../cloud/store.ts";
import { parseWireguardConfig, renderDump } from "./wireguard-config.ts";

const INTERVAL_MS = 1_000;

/** Handshakes need a start: when each peer was first wanted. */
const firstSeen = new Map<string, number>();

function tick(directory: string): void {
  let text: string;
  try {
    text = readFileSync(join(directory, "desired.conf"), "utf8");
  } catch {
    return; // the agent has not written yet
  }
  const config = parseWireguardConfig(text);
  const now = Math.floor(Date.now() / 1000);
  const wanted = new Set(config.peers.map((peer) => peer.publicKey));
  for (const key of firstSeen.keys()) if (!wanted.has(key)) firstSeen.delete(key);
  for (const key of wanted) if (!firstSeen.has(key)) firstSeen.set(key, now);
  // Readable by the agent, which is another user; the folder itself is the pod's own.
  writeFileAtomically(join(directory, "show.txt"), renderDump(config, firstSeen, now), 0o644);
}

function main(): void {
  const directory = process.env["WIREGUARD_DIR"];
  if (directory === undefined) {
    process.stderr.write("WIREGUARD_DIR is not set\n");
    process.exit(2);
  }
  const loop = (): void => {
    try {
      tick(directory);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    }
  };
  process.stdout.write("simulated data plane: no packet travels, handshakes are pretended\n");
  loop();
  setInterval(loop, INTERVAL_MS);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
}

main();
