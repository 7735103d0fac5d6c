import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, it } from "mocha";
import { pino } from "pino";
import { signingKeyFromSeed, type Jwk } from "../../../../services/shared/jwt.ts";
import { RemoteJwks } from "../../../../services/selector/store/remote-jwks.ts";
import { eventually } from "../../../support/waiting.ts";

const HOST = "127.54.0.201";
const [a, b] = ["0a", "0b"].map((byte) => signingKeyFromSeed(byte.repeat(32)).jwk);
const log = pino({ level: "silent" });

describe("an issuer's keys", () => {
  let server: Server;
  let answer: { status: number; body: string };
  let asked = 0;
  let jwks: RemoteJwks;
  const serve = (...keys: (Jwk | undefined)[]): void =>
    void (answer = { status: 200, body: JSON.stringify({ keys }) });

  beforeEach(async () => {
    asked = 0;
    serve(a);
    server = createServer((_request, response) => {
      asked += 1;
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    jwks = new RemoteJwks({
      url: `http://${HOST}:${address.port}/.well-known/jwks.json`,
      log,
      refreshMs: 30,
      retryMs: 10,
    });
    jwks.start();
  });
  afterEach(async () => {
    await jwks.close();
    server.closeAllConnections();
    server.close();
  });

  it("arrive, keep their objects while nothing changes, and follow a rotation", async () => {
    assert.equal(jwks.ready, false);
    await eventually("the first key", () => jwks.keys().has(a?.kid ?? ""));
    const before = jwks.keys();
    await eventually("three more answers", () => asked > 4);
    assert.equal(jwks.keys(), before);
    serve(b, a);
    await eventually("the second key", () => jwks.keys().has(b?.kid ?? ""));
    serve(b);
    await eventually("the first is withdrawn", () => !jwks.keys().has(a?.kid ?? ""));
  });

  it("stay when the issuer fails, answers nonsense, an empty set or too much", async () => {
    await eventually("the first key", () => jwks.ready);
    for (const bad of [
      { status: 503, body: "{}" },
      { status: 200, body: "<html>" },
      { status: 200, body: '{"keys":[]}' },
      { status: 200, body: JSON.stringify({ keys: [{ ...a, alg: "HS256" }] }) },
      { status: 200, body: " ".repeat(100_000) },
      { status: 302, body: "" },
    ]) {
      answer = bad;
      const from = asked;
      await eventually("it asked again", () => asked > from + 1);
      assert.deepEqual([...jwks.keys().keys()], [a?.kid]);
    }
  });
});
