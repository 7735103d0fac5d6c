import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import {
  generateKeys,
  parseWireguardConfig,
  publicKeyOf,
  renderDump,
} from "../../../local/network/wireguard-config.ts";
import { find } from "./support.ts";
import { eventually } from "../../support/waiting.ts";

const SIMULATOR = new URL("../../../local/network/data-plane-simulator.ts", import.meta.url)
  .pathname;

const desired = (privateKey: string, peers: readonly string[]): string =>
  `[Interface]\nPrivateKey = ${privateKey}\nListenPort = 51820\n\n` +
  peers
    .map(
      (key, i) =>
        `[Peer]\nPublicKey = ${key}\nAllowedIPs = 100.64.0.${i + 2}/32, fd5e::${i + 2}/128\n`,
    )
    .join("\n");

describe("WireGuard configuration", () => {
  it("derives the public key that generated the pair", () => {
    const keys = generateKeys();
    assert.equal(publicKeyOf(keys.privateKey), keys.publicKey);
    const wg = find("wg");
    if (wg !== undefined) {
      const answer = execFileSync(wg, ["pubkey"], { input: keys.privateKey, encoding: "utf8" });
      assert.equal(answer.trim(), keys.publicKey);
    }
    assert.throws(() => publicKeyOf("short"), /32 bytes/);
  });

  it("reads a wg-quick file with lists, comments and repeated keys", () => {
    const config = parseWireguardConfig(
      "[Interface]\nAddress = 100.64.0.9/32, fd5e::9/128 # two\nAddress=10.0.0.1/32\nDNS = 100.64.0.1\nMTU = 1420\n" +
        "[Peer]\nPublicKey = abc=\nEndpoint = 192.0.2.1:51820\nAllowedIPs = 0.0.0.0/0,::/0\n",
    );
    assert.deepEqual(config.addresses, ["100.64.0.9/32", "fd5e::9/128", "10.0.0.1/32"]);
    assert.deepEqual(config.dns, ["100.64.0.1"]);
    assert.equal(config.mtu, 1420);
    assert.equal(config.peers[0]?.publicKey, "abc=");
    assert.deepEqual(config.peers[0]?.allowedIps, ["0.0.0.0/0", "::/0"]);
    assert.throws(() => parseWireguardConfig("nonsense"), /no setting/);
    assert.throws(() => parseWireguardConfig("[Peer]\nAllowedIPs = ::/0"), /no PublicKey/);
  });

  it("pretends handshakes that are never older than a rekey, and counters that grow", () => {
    const keys = generateKeys();
    const config = parseWireguardConfig(desired(keys.privateKey, [generateKeys().publicKey]));
    const key = config.peers[0]?.publicKey ?? "";
    const at = (now: number): string[] =>
      renderDump(config, new Map([[key, 1_000]]), now)
        .split("\n")[1]
        ?.split("\t") ?? [];
    for (let now = 1_000; now < 1_500; now += 7) {
      const handshake = Number(at(now)[4]);
      assert.ok(handshake <= now && now - handshake < 120);
    }
    assert.ok(Number(at(1_400)[5]) > Number(at(1_100)[5]));
  });
});

describe("the simulated data plane", () => {
  it("writes what wg show would, follows the wanted peers, survives a bad file and ends at SIGTERM", async () => {
    const directory = mkdtempSync(join(tmpdir(), "securevpn-simulator-"));
    const show = join(directory, "show.txt");
    const child = spawn(process.execPath, [SIMULATOR], {
      env: { WIREGUARD_DIR: directory },
      stdio: "ignore",
    });
    try {
      const keys = generateKeys();
      const [a, b] = [generateKeys().publicKey, generateKeys().publicKey];
      const lines = (): string[][] =>
        existsSync(show)
          ? readFileSync(show, "utf8")
              .trimEnd()
              .split("\n")
              .map((line) => line.split("\t"))
          : [];
      writeFileSync(join(directory, "desired.conf"), desired(keys.privateKey, [a, b]));
      await eventually("two peers are shown", () => lines().length === 3);
      assert.deepEqual(lines()[0], [keys.privateKey, keys.publicKey, "51820", "off"]);
      assert.deepEqual(
        lines()
          .slice(1)
          .map((fields) => fields[0]),
        [a, b],
      );
      assert.equal(lines()[1]?.length, 8);
      assert.equal(lines()[1]?.[3], "100.64.0.2/32,fd5e::2/128");
      assert.ok(Math.abs(Number(lines()[1]?.[4]) - Date.now() / 1000) < 10);
      writeFileSync(join(directory, "desired.conf"), "not a configuration");
      writeFileSync(join(directory, "desired.conf"), desired(keys.privateKey, [b]));
      await eventually("one peer is gone", () => lines().length === 2 && lines()[1]?.[0] === b);
    } finally {
      child.kill("SIGTERM");
      const [code] = (await once(child, "exit")) as [number | null];
      assert.equal(code, 0);
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
