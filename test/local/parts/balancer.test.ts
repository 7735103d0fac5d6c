import assert from "node:assert/strict";
import http, { type IncomingMessage, type RequestListener } from "node:http";
import https from "node:https";
import net from "node:net";
import { after, afterEach, before, describe, it } from "mocha";
import { Balancer, type BalancerConfig } from "../../../local/parts/balancer.ts";
import { matchesPath } from "../../../local/parts/path-pattern.ts";
import { testContext, type TestContext } from "../../support/cloud-context.ts";
import { assertWithin } from "../../support/waiting.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

describe("path patterns of the balancer", () => {
  it("match as an ALB's do", () => {
    assert.ok(matchesPath("/v1/accounts*", "/v1/accounts"));
    assert.ok(matchesPath("/v1/accounts*", "/v1/accounts/7/x"));
    assert.ok(matchesPath("/v?/plans", "/v1/plans"));
    assert.ok(!matchesPath("/v?/plans", "/v12/plans"));
    assert.ok(!matchesPath("/v1/accounts*", "/V1/accounts"));
    assert.ok(!matchesPath("/.well-known/*", "/xwell-known/a"));
  });

  it("do not become slow for hostile paths", () => {
    const from = performance.now();
    matchesPath("/a**************b", `/a${"a".repeat(2000)}`);
    assertWithin("a hostile path", performance.now() - from, 200);
  });
});

describe("the balancer of the embedded cloud", () => {
  let test: TestContext;
  let balancer: Balancer;
  const targets = new Map<number, { host: string; port: number }[]>();
  const open: http.Server[] = [];

  const forwardTo = (nodePort: number) => ({
    kind: "forward" as const,
    nodePort,
    deregistrationDelayMs: 5_000,
  });
  const config: BalancerConfig = {
    name: "entry",
    idleTimeoutMs: 2_000,
    names: ["api.local.securevpn.test"],
    desyncMitigation: "defensive",
    dropInvalidHeaders: true,
    rules: [
      { priority: 20, paths: ["/v1/servers*"], action: forwardTo(30081) },
      { priority: 10, paths: ["/v1/accounts*", "/events"], action: forwardTo(30080) },
    ],
    defaultAction: {
      kind: "fixed",
      status: 404,
      contentType: "application/problem+json",
      body: '{"status":404}',
    },
  };

  async function target(listener: RequestListener): Promise<{ host: string; port: number }> {
    const server = http.createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.57.0.200", resolve));
    open.push(server);
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    return { host: "127.57.0.200", port: address.port };
  }

  function ask(
    path: string,
    options: https.RequestOptions & { body?: string } = {},
  ): Promise<Answer> {
    const { context } = test;
    return new Promise((resolve, reject) => {
      const request = https.request(
        {
          host: context.addresses.balancer.host,
          port: context.addresses.balancer.port,
          servername: "localhost",
          ca: context.ca.pem,
          path,
          ...options,
        },
        (response) => {
          let body = "";
          response.on("data", (chunk: Buffer) => (body += chunk.toString()));
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          );
          response.on("error", reject);
        },
      );
      request.on("error", reject);
      request.end(options.body);
    });
  }

  before(async () => {
    test = await testContext();
    balancer = new Balancer(test.context, (nodePort) => targets.get(nodePort) ?? []);
    await balancer.apply(config);
  });
  afterEach(() => {
    targets.clear();
    for (const server of open.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });
  after(async () => {
    await balancer.stop();
    test.remove();
  });

  it("chooses the target by path, and passes method, body and query on", async () => {
    const echo: RequestListener = (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => response.end(`${request.method} ${request.url} ${body}`));
    };
    targets.set(30080, [await target(echo)]);
    targets.set(30081, [await target((_request, response) => response.end("servers"))]);
    assert.equal(
      (await ask("/v1/accounts?x=1", { method: "POST", body: "hello" })).body,
      "POST /v1/accounts?x=1 hello",
    );
    assert.equal((await ask("/v1/servers/loads")).body, "servers");
    assert.equal((await ask("/nothing")).status, 404);
  });

  it("answers for localhost and for the API's names", async () => {
    await ask("/nothing", { servername: "api.local.securevpn.test" });
    await assert.rejects(ask("/nothing", { servername: "elsewhere.test" }), /altnames/);
    assert.equal(
      test.context.zone.resolve("api.local.securevpn.test"),
      test.context.addresses.balancer.host,
    );
  });

  it("appends the client's address, as an ALB does, so that the last one counts", async () => {
    targets.set(30080, [
      await target((request, response) => response.end(JSON.stringify(request.headers))),
    ]);
    const { body } = await ask("/v1/accounts", {
      headers: {
        "x-forwarded-for": "203.0.113.9",
        "x-forwarded-proto": "http",
        connection: "x-secret",
        "x-secret": "1",
      },
    });
    const headers = JSON.parse(body) as Record<string, string>;
    assert.equal(headers["x-forwarded-for"], "203.0.113.9, 127.0.0.1");
    assert.equal(headers["x-forwarded-proto"], "https");
    assert.equal(headers["x-secret"], undefined);
  });

  it("asks the next target when one cannot be reached, and the body arrives whole", async () => {
    const dead = { host: "127.57.0.201", port: 9 };
    const sum: RequestListener = (request, response) => {
      let length = 0;
      request.on("data", (chunk: Buffer) => (length += chunk.length));
      request.on("end", () => response.end(String(length)));
    };
    targets.set(30080, [dead, await target(sum)]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        ask("/v1/accounts", { method: "POST", body: "x".repeat(200_000) }),
      ),
    );
    assert.deepEqual(new Set(answers.map(({ body }) => body)), new Set(["200000"]));
  });

  it("answers 503 as a problem when there is no target", async () => {
    const { status, headers, body } = await ask("/v1/accounts");
    assert.equal(status, 503);
    assert.equal(headers["content-type"], "application/problem+json");
    assert.deepEqual((JSON.parse(body) as { status: number }).status, 503);
  });

  it("does not send a request twice that a target took and dropped", async () => {
    let seen = 0;
    const drop: RequestListener = (request) => {
      seen += 1;
      request.socket.destroy();
    };
    targets.set(30080, [await target(drop), await target(drop)]);
    assert.equal((await ask("/v1/accounts", { method: "POST", body: "{}" })).status, 502);
    assert.equal(seen, 1);
  });

  it("answers 504 when a target takes a request and stays silent", async () => {
    targets.set(30080, [await target(() => {})]);
    assert.equal((await ask("/v1/accounts")).status, 504);
  });

  it("lets requests under way end on a target that left, and sends it no new one", async () => {
    let arrived: (response: http.ServerResponse) => void;
    const taken = new Promise<http.ServerResponse>((resolve) => (arrived = resolve));
    const slow = await target((_request, response) => arrived(response));
    targets.set(30080, [slow]);
    const underWay = ask("/v1/accounts");
    const response = await taken;
    targets.set(30080, [await target((_request, answer) => answer.end("new"))]);
    assert.equal((await ask("/v1/accounts")).body, "new");
    response.end("slow");
    assert.equal((await underWay).body, "slow");
  });

  it("passes events on as they come", async () => {
    targets.set(30080, [
      await target((_request, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write("data: 1\n\n");
      }),
    ]);
    const { port } = test.context.addresses.balancer;
    const first = await new Promise<string>((resolve, reject) => {
      const request = https.get(
        {
          host: "127.0.0.1",
          port,
          servername: "localhost",
          ca: test.context.ca.pem,
          path: "/events",
        },
        (response) => {
          response.once("data", (chunk: Buffer) => {
            resolve(chunk.toString());
            request.destroy();
          });
        },
      );
      request.once("error", reject);
    });
    assert.equal(first, "data: 1\n\n");
  });

  it("names the holder of a port that is taken, a wildcard included", async () => {
    const { context } = test;
    const squatter = net.createServer();
    await new Promise<void>((resolve) => squatter.listen(0, "0.0.0.0", resolve));
    const address = squatter.address();
    assert.ok(typeof address === "object" && address !== null);
    const addresses = {
      ...context.addresses,
      balancer: { host: "127.57.0.9", port: address.port },
    };
    const second = new Balancer({ ...context, addresses }, () => []);
    try {
      await assert.rejects(
        second.apply({ ...config, name: "second" }),
        new RegExp(
          `process ${process.pid} \\(.*\\), which listens on all addresses, holds port ${address.port} on 127\\.57\\.0\\.9 \\(balancer\\)`,
        ),
      );
    } finally {
      squatter.close();
    }
  });
});
