import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseWireguardConfig } from "../../../../local/network/wireguard-config.ts";
import {
  configFileName,
  endpointOf,
  wgQuickFile,
} from "../../../../services/selector/domain/wg-quick.ts";
import { randomKey } from "../fixtures.ts";

describe("a wg-quick file", () => {
  it("holds all that a client needs but its private key", () => {
    const serverPublicKey = randomKey();
    const text = wgQuickFile({
      addresses: ["100.64.0.17/32", "fd00::11/128"],
      dns: ["100.64.0.1"],
      mtu: 1420,
      serverPublicKey,
      serverHost: "203.0.113.7",
      serverPort: 51820,
    });
    const config = parseWireguardConfig(text);
    assert.deepEqual(config.addresses, ["100.64.0.17/32", "fd00::11/128"]);
    assert.deepEqual(config.dns, ["100.64.0.1"]);
    assert.equal(config.mtu, 1420);
    assert.equal(config.peers[0]?.publicKey, serverPublicKey);
    assert.equal(config.peers[0]?.endpoint, "203.0.113.7:51820");
    assert.deepEqual(config.peers[0]?.allowedIps, ["0.0.0.0/0", "::/0"]);
    assert.match(text, /^PrivateKey = <your private key>$/m);
  });

  it("has a name that imports: at most 15 characters before .conf", () => {
    for (const id of ["us-east-1a-0123abcd", "x".repeat(60), "ap-southeast-1c-ffffffffffffffff"]) {
      assert.match(configFileName(id), /^[A-Za-z0-9_-]{1,15}\.conf$/);
    }
  });

  it("puts an IPv6 endpoint in brackets", () => {
    assert.equal(endpointOf("2001:db8::1", 51820), "[2001:db8::1]:51820");
  });
});
