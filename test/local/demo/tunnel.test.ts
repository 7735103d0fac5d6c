import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import { assertWithin } from "../../support/waiting.ts";
import { stopPart } from "../../../local/cloud/process.ts";
import { Tunnel } from "../../../local/demo/tunnel.ts";
import { openUnderlay, type Underlay, type UnderlayHost } from "../../../local/network/underlay.ts";
import { generateKeys } from "../../../local/network/wireguard-config.ts";
import {
  namespaces,
  realPossible,
  setPeers,
  startServer,
  testContext,
  type TestContext,
} from "../network/support.ts";

const GATEWAY = "100.64.0.1";

describe("a tunnel of the demo client", () => {
  let context: TestContext | undefined;
  const serverKeys = generateKeys();
  const clientKeys = generateKeys();
  let underlay: Underlay;
  let serverHost: UnderlayHost;
  let clientHost: UnderlayHost;
  let server: ChildProcess | undefined;

  before(async function () {
    if (!realPossible()) return this.skip();
    context = await testContext();
    underlay = await openUnderlay(context);
    serverHost = await underlay.addHost("server");
    clientHost = await underlay.addHost("client");
    server = await startServer(serverHost, {
      privateKey: serverKeys.privateKey,
      peers: [],
      address: `${GATEWAY}/32`,
    });
  });

  after(async () => {
    if (server !== undefined) await stopPart(server);
    await underlay?.close();
    context?.dispose();
    if (underlay !== undefined) assert.deepEqual(namespaces(), []);
  });

  const options = (signal = new AbortController().signal) => {
    assert.ok(underlay.tools);
    return {
      tools: underlay.tools,
      host: clientHost,
      privateKey: clientKeys.privateKey,
      signal,
      configText: [
        "[Interface]",
        "# PrivateKey = yours",
        "Address = 100.64.0.9/32, fd5e:77::9/128",
        `DNS = ${GATEWAY}`,
        "MTU = 1420",
        "[Peer]",
        `PublicKey = ${serverKeys.publicKey}`,
        `Endpoint = ${serverHost.address}:51820`,
        "AllowedIPs = 0.0.0.0/0, ::/0",
        "PersistentKeepalive = 25",
      ].join("\n"),
    };
  };

  it("shakes hands and pings the gateway, though the server learns of the peer later", async () => {
    const tunnel = await Tunnel.open(options());
    const waiting = tunnel.handshake(GATEWAY);
    await sleep(300);
    setPeers(serverHost, {
      privateKey: serverKeys.privateKey,
      peers: [{ publicKey: clientKeys.publicKey, allowedIps: "100.64.0.9/32" }],
    });
    const handshakeMs = await waiting;
    assert.ok(handshakeMs >= 250, `took ${handshakeMs} ms`);
    assertWithin("the handshake, whose unkicked retry takes 5 s,", handshakeMs, 4_500);
    const roundTripMs = await tunnel.ping(GATEWAY);
    assert.ok(roundTripMs > 0);
    assertWithin("the round trip", roundTripMs, 1_000);
    await tunnel.close();
    assert.equal(existsSync(`/run/wireguard/${clientHost.interfaceName}.sock`), false);
  });

  it("stops waiting for a handshake when the person stops the region", async () => {
    setPeers(serverHost, { privateKey: serverKeys.privateKey, peers: [] });
    const abort = new AbortController();
    const tunnel = await Tunnel.open(options(abort.signal));
    const waiting = tunnel.handshake(GATEWAY);
    setTimeout(() => abort.abort(), 100);
    await assert.rejects(waiting, { name: "AbortError" });
    await tunnel.close();
  });

  it("refuses a configuration without a peer before it starts anything", async () => {
    await assert.rejects(
      Tunnel.open({ ...options(), configText: "[Interface]\nAddress = 100.64.0.9/32" }),
      /one \[Peer\]/,
    );
  });
});
