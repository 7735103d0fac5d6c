import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { afterEach, describe, it } from "mocha";
import { addressPlan } from "../../../local/cloud/addresses.ts";
import { stopPart } from "../../../local/cloud/process.ts";
import { runDemo, type DemoResult } from "../../../local/demo/client.ts";
import { SimulatedUnderlay } from "../../../local/network/simulated-underlay.ts";
import { openUnderlay, type Underlay } from "../../../local/network/underlay.ts";
import { generateKeys } from "../../../local/network/wireguard-config.ts";
import {
  namespaces,
  realPossible,
  setPeers,
  SLOT,
  startServer,
  startResolver,
  testContext,
  type TestContext,
} from "../network/support.ts";
import { scriptedApi, type Routes, type ScriptedApi, type Seen } from "./scripted-api.ts";

const GATEWAY = "100.64.0.1";

const token = (claims: object): string =>
  `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
const field = (seen: Seen, name: string): string => {
  assert.ok(typeof seen.body === "object" && seen.body !== null);
  return String(Object.getOwnPropertyDescriptor(seen.body, name)?.value);
};

const configText = (serverKey: string, endpoint: string): string =>
  `[Interface]\n# PrivateKey = yours\nAddress = 100.64.0.9/32\nDNS = ${GATEWAY}\nMTU = 1420\n` +
  `[Peer]\nPublicKey = ${serverKey}\nEndpoint = ${endpoint}\nAllowedIPs = 0.0.0.0/0\nPersistentKeepalive = 25\n`;

/** A region in which all goes well; `device` is what the client registered. */
function healthyRoutes(config: string): { routes: Routes; device: { publicKey: string } } {
  const device = { publicKey: "" };
  const routes: Routes = {
    "GET /v1/plans": { json: { plans: [] } },
    "POST /v1/accounts": { status: 201, json: { id: "4611686018427387904" } },
    "POST /v1/sessions": { status: 201, json: { accessToken: token({}), refreshToken: "r1" } },
    "POST /v1/devices": (seen) => {
      device.publicKey = field(seen, "publicKey");
      return { status: 201, json: { id: "d1" } };
    },
    "POST /v1/sessions/refresh": () => ({
      json: {
        accessToken: token({ did: "d1", dpk: device.publicKey, tun: ["100.64.0.9/32"] }),
        refreshToken: "r2",
      },
    }),
    "GET /v1/servers": { json: { servers: [{ id: "a" }, { id: "b" }, { id: "c" }] } },
    "POST /v1/connections": {
      status: 201,
      json: { id: "c1", server: { id: "b" }, reason: "it has the lowest load, 0.02" },
    },
    "GET /v1/connections/c1/config": { text: config },
    "DELETE /v1/connections/c1": { status: 204 },
  };
  return { routes, device };
}

describe("the demo client", () => {
  const simulated = new SimulatedUnderlay(addressPlan(SLOT), "network namespaces need root");
  const cleanUp: (() => Promise<unknown>)[] = [];
  let api: ScriptedApi;

  afterEach(async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  });

  async function demo(
    routes: Routes,
    underlay: Underlay = simulated,
    signal = new AbortController().signal,
  ) {
    api = await scriptedApi(routes);
    cleanUp.push(() => api.close());
    const said: string[] = [];
    const options = { apiUrl: api.url, caPem: api.caPem, underlay, signal, patienceMs: 1_000 };
    const result: DemoResult = await runDemo({ ...options, say: (line) => void said.push(line) });
    return { result, said };
  }

  const asked = (): string[] => api.seen.map((seen) => seen.route);

  it("walks from sign-up to disconnect, and says what is simulated", async () => {
    const { routes, device } = healthyRoutes(
      configText(generateKeys().publicKey, "127.86.1.1:51820"),
    );
    const { result, said } = await demo(routes);
    assert.equal(result.ok, true);
    const names = [
      "API",
      "sign-up",
      "login",
      "device",
      "refresh",
      "servers",
      "connect",
      "config",
      "handshake",
      "ping",
      "dns",
      "disconnect",
    ];
    assert.deepEqual(
      result.steps.map((step) => step.name),
      names,
    );
    assert.equal(said.length, names.length);
    assert.match(result.steps[6]?.detail ?? "", /got server b of 3 because it has the lowest load/);
    assert.match(result.steps[8]?.detail ?? "", /simulated.*need root/);
    assert.deepEqual(asked(), Object.keys(routes));
    assert.equal(Buffer.from(device.publicKey, "base64").length, 32);
    const renewed = api.seen.find((seen) => seen.route === "POST /v1/connections")?.authorization;
    assert.match(renewed ?? "", /^Bearer h\..+\.s$/);
    assert.notEqual(renewed, `Bearer ${token({})}`);
    const signUp = api.seen.find((seen) => seen.route === "POST /v1/accounts");
    assert.ok(signUp !== undefined && field(signUp, "passphrase").length >= 15);
  });

  it("waits for a region that only just comes up", async () => {
    const { routes } = healthyRoutes(configText(generateKeys().publicKey, "127.86.1.1:51820"));
    let calls = 0;
    const result = await demo({
      ...routes,
      "GET /v1/plans": () => (calls++ === 0 ? { status: 503, text: "no ready pod" } : { json: {} }),
    });
    assert.equal(result.result.ok, true);
    assert.equal(calls, 2);
  });

  it("shows the problem of a failed step and tries nothing after it", async () => {
    const { routes } = healthyRoutes("");
    const problem = {
      type: "https://securevpn.example/problems/email-taken",
      title: "E-mail taken",
      status: 409,
    };
    const { result, said } = await demo({
      ...routes,
      "POST /v1/accounts": { status: 409, json: problem },
    });
    assert.equal(result.ok, false);
    assert.deepEqual(
      result.steps.map((step) => step.ok),
      [true, false],
    );
    assert.match(result.steps[1]?.detail ?? "", /answered 409: .*email-taken/);
    assert.match(said[1] ?? "", /sign-up FAILED/);
    assert.deepEqual(asked(), ["GET /v1/plans", "POST /v1/accounts"]);
  });

  it("fails when the new token does not carry the device", async () => {
    const { routes } = healthyRoutes("");
    const { result } = await demo({
      ...routes,
      "POST /v1/sessions/refresh": { json: { accessToken: token({}), refreshToken: "r" } },
    });
    assert.match(result.steps.at(-1)?.detail ?? "", /does not carry the device/);
    assert.equal(result.ok, false);
  });

  it("fails when no VPN server ever registers", async () => {
    const { routes } = healthyRoutes("");
    const { result } = await demo({ ...routes, "GET /v1/servers": { json: { servers: [] } } });
    assert.match(result.steps.at(-1)?.detail ?? "", /no VPN server/);
  });

  it("gives the lease back when a later step fails", async () => {
    const { routes } = healthyRoutes("");
    const { result } = await demo({
      ...routes,
      "GET /v1/connections/c1/config": { status: 500, text: "broken" },
    });
    assert.equal(result.ok, false);
    assert.equal(asked().at(-1), "DELETE /v1/connections/c1");
  });

  it("names an answer of another shape by its field", async () => {
    const { routes } = healthyRoutes("");
    const { result } = await demo({ ...routes, "POST /v1/sessions": { json: { accessToken: 5 } } });
    assert.match(result.steps.at(-1)?.detail ?? "", /another shape at "accessToken"/);
  });

  it("does not talk to a server whose certificate another authority signed", async () => {
    const { routes } = healthyRoutes("");
    const other = await scriptedApi({});
    await other.close();
    api = await scriptedApi(routes);
    cleanUp.push(() => api.close());
    const options = {
      apiUrl: api.url,
      caPem: other.caPem,
      underlay: simulated,
      say: () => undefined,
    };
    const result = await runDemo({ ...options, signal: new AbortController().signal });
    assert.match(result.steps[0]?.detail ?? "", /certificate/);
    assert.deepEqual(asked(), []);
  });

  it("throws when it is stopped in the middle", async () => {
    const { routes } = healthyRoutes("");
    const abort = new AbortController();
    const stopping = (): Promise<never> => {
      abort.abort();
      return new Promise(() => undefined);
    };
    await assert.rejects(
      demo({ ...routes, "POST /v1/sessions": stopping }, simulated, abort.signal),
      { name: "AbortError" },
    );
  });

  describe("with a real underlay", () => {
    let context: TestContext | undefined;
    const keys = generateKeys();
    let underlay: Underlay | undefined;
    let server: ChildProcess | undefined;
    let resolver: ChildProcess | undefined;

    afterEach(async () => {
      for (const part of [server, resolver]) if (part !== undefined) await stopPart(part);
      await underlay?.close();
      context?.dispose();
    });

    it("shakes hands and pings through the tunnel, and leaves no namespace of its own", async function () {
      if (!realPossible()) return this.skip();
      context = await testContext();
      underlay = await openUnderlay(context);
      const host = await underlay.addHost("server");
      server = await startServer(host, {
        privateKey: keys.privateKey,
        peers: [],
        address: `${GATEWAY}/32`,
      });
      resolver = startResolver(host, GATEWAY);
      const { routes, device } = healthyRoutes(configText(keys.publicKey, `${host.address}:51820`));
      const { result, said } = await demo(
        {
          ...routes,
          "POST /v1/connections": () => {
            const peers = [{ publicKey: device.publicKey, allowedIps: "100.64.0.9/32" }];
            setTimeout(() => setPeers(host, { privateKey: keys.privateKey, peers }), 400); // the agent's delay
            return { status: 201, json: { id: "c1", server: { id: "b" }, reason: "it is near" } };
          },
        },
        underlay,
      );
      assert.equal(result.ok, true, said.join("\n"));
      assert.match(
        said.find((line) => line.startsWith("handshake")) ?? "",
        /handshake after \d+ ms/,
      );
      assert.match(
        said.find((line) => line.startsWith("ping")) ?? "",
        /ping of 100.64.0.1 through the tunnel takes [\d.]+ ms/,
      );
      assert.match(
        said.find((line) => line.startsWith("dns")) ?? "",
        /resolved www.example.com to 203.0.113.80 through the tunnel/,
      );
      assert.deepEqual(namespaces().sort(), [`svpn${SLOT}-server`, `svpn${SLOT}-under`]);
    });
  });
});
