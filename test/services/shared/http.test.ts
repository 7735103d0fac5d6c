import assert from "node:assert/strict";
import type { Server } from "node:http";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { Registry } from "prom-client";
import { z } from "zod";
import { Conflict } from "../../../services/shared/errors.ts";
import { createApi, createInternal, listen, parse } from "../../../services/shared/http.ts";

const HOST = "127.53.0.200";

const baseOf = (server: Server): string => {
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return `http://${address.address}:${address.port}`;
};

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

async function call(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const body: unknown = await response.json();
  assert.ok(typeof body === "object" && body !== null);
  return {
    status: response.status,
    type: response.headers.get("content-type") ?? "",
    body: { ...body },
    headers: response.headers,
  };
}

const json = (body: string, type = "application/json"): RequestInit => ({
  method: "POST",
  body,
  headers: { "content-type": type },
});

function assertProblem(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.match(answer.type, /^application\/problem\+json/);
  assert.equal(answer.body["status"], status);
  assert.ok(
    String(answer.body["type"]).endsWith(`/${code}`),
    `type is ${String(answer.body["type"])}`,
  );
  for (const member of ["title", "detail"]) assert.equal(typeof answer.body[member], "string");
  assert.equal(answer.body["requestId"], answer.headers.get("x-request-id"));
}

describe("the HTTP skeleton", () => {
  const registry = new Registry();
  const written: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void written.push(line) });
  let api: Server;
  let internal: Server;
  let notReady: string[] = [];
  let url: string;

  before(async () => {
    const schema = z.strictObject({
      name: z.string().max(10),
      nested: z.strictObject({ a: z.number() }).optional(),
    });
    const app = createApi({ log, registry, trustedHops: 1 }, (routes) => {
      routes.post(
        "/things",
        (request, response) => void response.status(201).json(parse(schema, request.body)),
      );
      routes.get(
        "/things/:id",
        (request, response) => void response.json({ id: request.params.id }),
      );
      routes.get("/conflict", () => {
        throw new Conflict("name-taken", "The name is taken.");
      });
      routes.get("/broken", async () => {
        await Promise.resolve();
        throw new Error("password=hunter2 in an internal message");
      });
    });
    api = await listen(app, HOST, 0);
    internal = await listen(createInternal({ log, registry, notReady: () => notReady }), HOST, 0);
    url = baseOf(api);
  });
  after(() => {
    for (const server of [api, internal]) {
      server.closeAllConnections();
      server.close();
    }
  });

  it("takes a good body", async () => {
    const answer = await call(`${url}/things`, json('{"name":"a"}'));
    assert.deepEqual([answer.status, answer.body], [201, { name: "a" }]);
  });

  for (const [what, body] of [
    ["cut off", '{"name":'],
    ["a bare null", "null"],
    ["a bare string", '"x"'],
    ["not JSON", "name=a"],
    ["binary", "\u0000\u0001"],
  ] as const) {
    it(`refuses a body that is ${what}`, async () => {
      assertProblem(await call(`${url}/things`, json(body)), 400, "invalid-request");
    });
  }

  it("refuses an array, an empty body and a missing body by their shape", async () => {
    assertProblem(await call(`${url}/things`, json("[]")), 400, "invalid-request");
    assertProblem(await call(`${url}/things`, json("")), 400, "invalid-request");
    assertProblem(await call(`${url}/things`, { method: "POST" }), 400, "invalid-request");
  });

  it("names unknown keys, nested ones and __proto__ too", async () => {
    const top = await call(`${url}/things`, json('{"name":"a","admin":true}'));
    assertProblem(top, 400, "invalid-request");
    assert.match(String(top.body["detail"]), /admin/);
    assertProblem(
      await call(`${url}/things`, json('{"name":"a","nested":{"a":1,"b":2}}')),
      400,
      "invalid-request",
    );
    assertProblem(
      await call(`${url}/things`, json('{"name":"a","__proto__":{"x":1}}')),
      400,
      "invalid-request",
    );
  });

  it("says which field is wrong and how", async () => {
    const answer = await call(`${url}/things`, json('{"name":7}'));
    assertProblem(answer, 400, "invalid-request");
    assert.ok(Array.isArray(answer.body["errors"]));
    assert.equal(answer.body["errors"][0].path, "name");
  });

  it("refuses an oversize body with 413", async () => {
    assertProblem(
      await call(`${url}/things`, json(JSON.stringify({ name: "x".repeat(20_000) }))),
      413,
      "too-large",
    );
  });

  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/xml",
    "nonsense",
  ]) {
    it(`refuses the content type ${type} with 415`, async () => {
      assertProblem(
        await call(`${url}/things`, json('{"name":"a"}', type)),
        415,
        "unsupported-media-type",
      );
    });
  }

  it("refuses a charset and an encoding that it does not read, without a 500", async () => {
    const charset = await call(
      `${url}/things`,
      json('{"name":"a"}', "application/json; charset=ebcdic"),
    );
    assert.ok(charset.status >= 400 && charset.status < 500);
    const encoding = await call(`${url}/things`, {
      ...json('{"name":"a"}'),
      headers: { "content-type": "application/json", "content-encoding": "snappy" },
    });
    assert.ok(encoding.status >= 400 && encoding.status < 500);
    const notGzip = await call(`${url}/things`, {
      ...json('{"name":"a"}'),
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
    });
    assert.ok(notGzip.status >= 400 && notGzip.status < 500, `status ${notGzip.status}`);
  });

  it("answers a path that is not there, and one with broken percent-encoding", async () => {
    assertProblem(await call(`${url}/nothing`), 404, "not-found");
    assertProblem(await call(`${url}/things/%E0%A4%A`), 400, "invalid-request");
  });

  it("renders an error of ours with its stable code", async () => {
    assertProblem(await call(`${url}/conflict`), 409, "name-taken");
  });

  it("says nothing of an unexpected error to the client, and logs it under the request's id", async () => {
    const answer = await call(`${url}/broken`);
    assertProblem(answer, 500, "internal");
    assert.doesNotMatch(JSON.stringify(answer.body), /hunter2/);
    assert.ok(
      written.some(
        (line) => line.includes("hunter2") && line.includes(String(answer.body["requestId"])),
      ),
    );
  });

  it("keeps a sane request id of the caller and replaces any other", async () => {
    const kept = await call(`${url}/nothing`, { headers: { "x-request-id": "trace-12345" } });
    assert.equal(kept.headers.get("x-request-id"), "trace-12345");
    const replaced = await call(`${url}/nothing`, {
      headers: { "x-request-id": '{"x":"<script>"}' },
    });
    assert.match(replaced.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
  });

  it("lives, is ready when nothing says otherwise, and counts requests by route pattern", async () => {
    const at = baseOf(internal);
    assert.equal((await fetch(`${at}/livez`)).status, 200);
    assert.equal((await fetch(`${at}/readyz`)).status, 200);
    notReady = ["shard-1"];
    const answer = await fetch(`${at}/readyz`);
    assert.equal(answer.status, 503);
    assert.match(await answer.text(), /shard-1/);
    notReady = [];
    await fetch(`${url}/things/secret-id-77`);
    const metrics = await (await fetch(`${at}/metrics`)).text();
    assert.match(
      metrics,
      /http_server_request_duration_seconds_count\{method="GET",route="\/things\/:id",status="200"\} [1-9]/,
    );
    assert.doesNotMatch(metrics, /secret-id-77/);
  });
});
