import assert from "node:assert/strict";
import { once } from "node:events";
import { after, afterEach, before, describe, it } from "mocha";
import { REVOCATION_CHANNEL, revocationMessage } from "../../../services/contract/index.ts";
import { REDIS_HOST, agentStream, call, type Called } from "./http-client.ts";
import { caller, newUser, randomKey, type Caller } from "./fixtures.ts";
import { startRedis, type RedisServer } from "./redis-server.ts";
import { selectorProcesses, type Replica, type SelectorProcesses } from "./selector-processes.ts";
import type { Redis } from "../../../services/shared/redis.ts";
import { assertWithin, eventually } from "../../support/waiting.ts";

const NODES = ["node-a", "node-b", "node-c"];

describe("two selectors on one cache", () => {
  let server: RedisServer;
  let redis: Redis;
  let processes: SelectorProcesses;
  let one: Replica;
  let two: Replica;

  before(async () => {
    server = await startRedis(REDIS_HOST);
    redis = await server.connect();
    processes = await selectorProcesses(REDIS_HOST, "127.54.0.23");
    [one, two] = await Promise.all([
      processes.start("127.54.0.21"),
      processes.start("127.54.0.22"),
    ]);
  });
  after(async () => {
    await processes.close();
    await server.stop();
  });
  afterEach(() => redis.flushall());

  const agent = (
    method: string,
    path: string,
    node: string,
    body?: unknown,
    replica = one,
  ): Promise<Called> =>
    call(`${replica.internalUrl}/internal/v1/servers/${path}`, method, `agent.${node}`, body);
  const api = (
    method: string,
    path: string,
    who?: Caller,
    body?: unknown,
    replica = one,
    headers: Record<string, string> = {},
  ): Promise<Called> => call(replica.publicUrl + path, method, who?.token, body, headers);
  const beat = (
    node: string,
    changes: Record<string, unknown> = {},
    replica = one,
  ): Promise<Called> =>
    agent(
      "POST",
      "heartbeat",
      node,
      { peers: 0, handshakes: [], rxBytes: 0, txBytes: 0, loadRatio: 0, ...changes },
      replica,
    );

  /** Registers the nodes and waits until both replicas see them. */
  async function fleet(nodes = NODES): Promise<void> {
    for (const node of nodes) {
      assert.equal(
        (
          await agent("POST", "register", node, {
            publicKey: randomKey(),
            udpPort: 51820,
            version: "1",
          })
        ).status,
        200,
      );
      assert.equal((await beat(node)).status, 200);
    }
    await eventually("both replicas list the servers as active", async () => {
      const lists = await Promise.all(
        [one, two].map((replica) =>
          api("GET", "/v1/servers?status=active", undefined, undefined, replica),
        ),
      );
      return lists.every(({ json }) => json.servers.length === nodes.length);
    });
  }

  it("the bundle is below 700 KiB", () => {
    assert.ok(processes.bundleBytes < 700 * 1024, `${processes.bundleBytes} bytes`);
  });

  it("an empty region answers no-server with 503, not a crash", async () => {
    await eventually(
      "the list is empty",
      async () => (await api("GET", "/v1/servers")).json.servers.length === 0,
    );
    const answer = await api("POST", "/v1/connections", caller(), {});
    assert.equal(answer.status, 503);
    assert.match(answer.json.type, /no-server$/);
    assert.equal(answer.headers.get("content-type"), "application/problem+json; charset=utf-8");
  });

  it("a server that one replica registered is listed by both, with an ETag that spares the second body", async () => {
    await fleet();
    const list = await api("GET", "/v1/servers", undefined, undefined, two);
    assert.equal(list.json.servers.length, 3);
    assert.deepEqual(
      new Set(list.json.servers.map((item: { endpoint: string }) => item.endpoint)),
      new Set(["203.0.113.9:51820"]),
    );
    const again = await api("GET", "/v1/servers", undefined, undefined, two, {
      "if-none-match": list.headers.get("etag") ?? "",
    });
    assert.deepEqual([again.status, again.text], [304, ""]);
    const few = await api("GET", "/v1/servers?location=us-east-1b&fields=id,zone");
    assert.deepEqual(
      few.json.servers.map((item: object) => Object.keys(item)),
      [["id", "zone"]],
    );
    assert.equal((await api("GET", "/v1/servers?colour=red")).status, 400);
    assert.deepEqual(Object.values((await api("GET", "/v1/servers/loads")).json.loads), [0, 0, 0]);
  });

  it("says why each server can or cannot be had", async () => {
    await fleet();
    const answer = await api(
      "GET",
      "/v1/servers/recommendations?location=us-east-1a",
      caller({ tier: "FREE" }),
    );
    assert.equal(answer.json.recommendations.length, 1);
    assert.deepEqual(answer.json.verdicts.map((item: { reason: string }) => item.reason).sort(), [
      "location",
      "location",
      "ok",
    ]);
    assert.equal((await api("GET", "/v1/servers/recommendations")).status, 401);
  });

  it("connects through one replica while the server's stream is at the other: the peer arrives, and leaves again", async () => {
    await fleet(["node-a"]);
    const stream = await agentStream(two, "node-a");
    const who = caller();
    const made = await api("POST", "/v1/connections", who, {});
    assert.equal(made.status, 201, made.text);
    assert.match(made.json.reason, /^1 of 1 servers can take it/);
    assert.deepEqual(made.json.client, {
      addresses: who.claims.tun,
      dns: ["100.64.0.1", "fd5e:7665:706e::1"],
      mtu: 1420,
    });
    const added = await stream.next("add");
    assert.deepEqual([added["publicKey"], added["allowedIps"]], [who.claims.dpk, who.claims.tun]);
    assert.deepEqual((await agent("GET", "peers", "node-a")).json.peers, [
      { publicKey: who.claims.dpk, allowedIps: who.claims.tun },
    ]);

    const listed = await api("GET", "/v1/connections", who, undefined, two);
    assert.deepEqual(
      listed.json.connections.map((item: { id: string; current: boolean }) => [
        item.id,
        item.current,
      ]),
      [[made.json.id, true]],
    );
    assert.equal(
      (
        await api("POST", `/v1/connections/${made.json.id}/outcome`, who, {
          outcome: "connected",
          latencyMs: 12,
        })
      ).status,
      204,
    );
    assert.equal((await api("DELETE", `/v1/connections/${made.json.id}`, caller())).status, 404);
    assert.equal(
      (await api("DELETE", `/v1/connections/${made.json.id}`, who, undefined, two)).status,
      204,
    );
    assert.equal((await stream.next("remove"))["publicKey"], who.claims.dpk);
    assert.equal((await api("DELETE", `/v1/connections/${made.json.id}`, who)).status, 404);
    stream.close();
  });

  it("gives the configuration as a file, a PNG or an SVG", async () => {
    await fleet(["node-a"]);
    const who = caller();
    const { id } = (await api("POST", "/v1/connections", who, {})).json;
    const path = `/v1/connections/${id}/config`;
    const text = await api("GET", path, who);
    assert.match(
      text.headers.get("content-disposition") ?? "",
      /filename="?svpn-[0-9a-f]{8}\.conf"?/,
    );
    assert.match(text.text, /^Endpoint = 203\.0\.113\.9:51820$/m);
    const png = await api("GET", path, who, undefined, one, { accept: "image/png" });
    assert.equal(png.headers.get("content-type"), "image/png");
    assert.ok(png.text.includes("PNG"));
    assert.match((await api("GET", `${path}?format=svg`, who)).text, /^<svg /);
    assert.equal(
      (await api("GET", path, who, undefined, one, { accept: "video/mp4" })).status,
      406,
    );
    assert.equal((await api("GET", path, caller())).status, 404);
  });

  it("holds a tier's limits over both replicas", async () => {
    await fleet();
    const user = newUser();
    const session = (): Caller => caller({ user, tier: "FREE" });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        api("POST", "/v1/connections", session(), {}, i % 2 === 0 ? one : two),
      ),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [
      201,
      ...Array.from({ length: 7 }, () => 409),
    ]);
    const device = caller({ tier: "FREE" });
    const again = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        api("POST", "/v1/connections", device, {}, i % 2 === 0 ? one : two),
      ),
    );
    assert.deepEqual(
      again.map(({ status }) => status).sort(),
      [201, 201, 201, 429, 429, 429, 429, 429],
    );
    assert.ok(
      again
        .filter(({ status }) => status === 429)
        .every(({ headers }) => Number(headers.get("retry-after")) > 50),
    );
  });

  it("an ended session loses its tunnel at once", async () => {
    await fleet(["node-a"]);
    const stream = await agentStream(one, "node-a");
    const who = caller();
    await api("POST", "/v1/connections", who, {});
    await stream.next("add");
    await redis.publish(REVOCATION_CHANNEL, revocationMessage(who.claims.sub, who.claims.sid));
    assert.equal((await stream.next("remove"))["publicKey"], who.claims.dpk);
    stream.close();
  });

  it("refuses bad input with 4xx problems, never a 500", async () => {
    await fleet(["node-a"]);
    const who = caller();
    const bodies = [
      `{`,
      `[]`,
      `"x"`,
      `{"colour":1}`,
      `{"serverId":5}`,
      `{"location":"${"x".repeat(100)}"}`,
      `{"x":"${"y".repeat(20_000)}"}`,
    ];
    for (const body of bodies) {
      const { status, json } = await api("POST", "/v1/connections", who, body);
      assert.ok(status >= 400 && status < 500, `${body.slice(0, 30)}: ${status}`);
      assert.ok(typeof json.requestId === "string");
    }
    assert.equal((await api("POST", "/v1/connections", caller({ device: false }), {})).status, 409);
    assert.equal((await api("GET", "/v1/connections")).status, 401);
    assert.equal((await api("DELETE", "/v1/connections/not-a-uuid", who)).status, 400);
  });

  it("only an agent's token reaches the agents' API, and it is for the token's own server", async () => {
    const answer = await call(
      `${one.internalUrl}/internal/v1/servers/register`,
      "POST",
      caller().token,
      { publicKey: randomKey(), udpPort: 51820, version: "1" },
    );
    assert.equal(answer.status, 401);
    assert.equal(
      (
        await agent("POST", "register", "node-a", {
          publicKey: "AAAA",
          udpPort: 51820,
          version: "1",
        })
      ).status,
      400,
    );
    assert.equal((await beat("node-z")).status, 404);
    assert.equal((await agent("GET", "peers", "node-z")).status, 404);
  });

  it("answers 503 within a moment while the cache is away, and leaves no secret in its log", async () => {
    await fleet(["node-a"]);
    const who = caller();
    await api("POST", "/v1/connections", who, {});
    for (const { log } of [one, two]) {
      for (const secret of [
        who.token,
        who.claims.dpk ?? "",
        who.claims.tun?.[0] ?? "",
        "agent.node-a",
        "203.0.113.9",
      ])
        assert.ok(!log().includes(secret));
    }
    server.pause();
    const from = performance.now();
    const answer = await api("POST", "/v1/connections", who, {});
    assert.equal(answer.status, 503);
    assertWithin("the answer", performance.now() - from, 2_500);
    server.goOn();
    await eventually(
      "connecting works again",
      async () => (await api("POST", "/v1/connections", caller(), {})).status === 201,
    );
  });

  it("SIGTERM ends open streams and exits with 0", async () => {
    const third = await processes.start("127.54.0.24");
    await fleet(["node-a"]);
    const stream = await agentStream(third, "node-a");
    const ended = once(third.process, "exit");
    third.process.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
    stream.close();
  });
});
