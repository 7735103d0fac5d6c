import assert from "node:assert/strict";
import http from "node:http";
import tls from "node:tls";
import { after, before, beforeEach, describe, it } from "mocha";
import { Balancer, type BalancerConfig } from "../../../local/parts/balancer.ts";
import { testContext, type TestContext } from "../../support/cloud-context.ts";
import { HIDDEN } from "./body-forms.ts";
import { AMBIGUOUS_FORMS, PASSING_FORMS, REFUSED_FORMS } from "./request-forms.ts";

interface Seen {
  readonly line: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly connection: number | undefined;
}

const NODE_PORT = 30080;
/** A connection that says nothing for so long has said all. */
const QUIET_MS = 150;

/** A target that takes more than it should, and tells each client what it was asked. */
class Recorder {
  readonly seen: Seen[] = [];
  readonly server = http.createServer(
    {
      insecureHTTPParser: true,
      requireHostHeader: false,
      keepAliveTimeout: 60_000,
      maxHeaderSize: 65_536,
    },
    (request, response) => {
      let body = "";
      request.setEncoding("latin1").on("data", (chunk: string) => (body += chunk));
      request.on("end", () => {
        const { headers, trailers, rawHeaders, socket } = request;
        const line = `${request.method} ${request.url}`;
        const connection = socket.remotePort;
        this.seen.push({ line, headers, trailers, rawHeaders, body, connection });
        response.end(line);
      });
    },
  );
}

describe("a request that hides another", function () {
  let test: TestContext;
  let balancer: Balancer;
  const recorder = new Recorder();
  const config: BalancerConfig = {
    name: "entry",
    idleTimeoutMs: 5_000,
    names: ["api.local.securevpn.test"],
    desyncMitigation: "defensive",
    dropInvalidHeaders: true,
    rules: [
      {
        priority: 1,
        paths: ["/v1/accounts*", "*"],
        action: { kind: "forward", nodePort: NODE_PORT, deregistrationDelayMs: 1_000 },
      },
    ],
    defaultAction: { kind: "fixed", status: 404, contentType: "text/plain", body: "" },
  };

  function connect(): tls.TLSSocket {
    const { host, port } = test.context.addresses.balancer;
    return tls.connect({ host, port, servername: "localhost", ca: test.context.ca.pem });
  }

  /** All that comes back for these bytes until the balancer closes or falls silent. */
  function send(bytes: string): Promise<{ text: string; closed: boolean }> {
    return new Promise((resolve) => {
      const socket = connect();
      let text = "";
      let timer: NodeJS.Timeout | undefined;
      const end = (closed: boolean): void => {
        clearTimeout(timer);
        socket.destroy();
        resolve({ text, closed });
      };
      const wait = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => end(false), text === "" ? 20 * QUIET_MS : QUIET_MS);
      };
      socket.setEncoding("latin1");
      socket.once("secureConnect", () => socket.write(Buffer.from(bytes, "latin1"), wait));
      socket.on("data", (chunk: string) => {
        text += chunk;
        wait();
      });
      socket.on("error", () => {});
      socket.on("close", () => end(true));
    });
  }

  const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
  const smuggled = (): Seen[] => recorder.seen.filter(({ line }) => line.includes("smuggled"));

  /** Other people, on connections of their own, get the answers to their own requests. */
  async function assertOthersAreServed(): Promise<void> {
    for (const who of [1, 2, 3]) {
      const { text } = await send(
        `GET /v1/accounts/other-${who} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      assert.equal(statusOf(text), 200, text);
      assert.ok(text.includes(`GET /v1/accounts/other-${who}`), text);
    }
  }

  before(async () => {
    test = await testContext();
    recorder.server.maxHeadersCount = 0;
    await new Promise<void>((resolve) => recorder.server.listen(0, "127.57.0.210", resolve));
    const address = recorder.server.address();
    assert.ok(typeof address === "object" && address !== null);
    const backend = { host: "127.57.0.210", port: address.port };
    balancer = new Balancer(test.context, () => [backend]);
    await balancer.apply(config);
  });
  beforeEach(async () => {
    recorder.seen.length = 0;
    await balancer.apply(config);
    // A kept connection to the target, for the attacker to leave something on.
    await assertOthersAreServed();
    recorder.seen.length = 0;
  });
  after(async () => {
    await balancer.stop();
    recorder.server.close();
    recorder.server.closeAllConnections();
    test.remove();
  });

  for (const form of REFUSED_FORMS)
    it(`is refused, and reaches nobody: ${form.name}`, async () => {
      const { text, closed } = await send(form.bytes);
      await assertOthersAreServed();
      assert.deepEqual(smuggled(), []);
      assert.ok(form.status.includes(statusOf(text)), text);
      assert.ok(closed, "the connection stays open after what cannot be read for sure");
    });

  for (const form of AMBIGUOUS_FORMS) {
    it(`goes over a connection of its own, which ends: ${form.name}`, async () => {
      const { text, closed } = await send(form.bytes);
      await assertOthersAreServed();
      assert.deepEqual(smuggled(), []);
      assert.ok(form.status.includes(statusOf(text)), text);
      assert.ok(closed, "the client's connection stays open");
      const its = recorder.seen.filter(({ line }) => line.includes("/seen"));
      assert.equal(its.length, 1);
      const after = recorder.seen.filter(({ connection }) => connection === its[0]?.connection);
      assert.deepEqual(after, its);
    });

    it(`is refused in the strictest mode: ${form.name}`, async () => {
      await balancer.apply({ ...config, desyncMitigation: "strictest" });
      const { text, closed } = await send(form.bytes);
      assert.equal(statusOf(text), 400, text);
      assert.ok(closed);
      assert.deepEqual(recorder.seen, []);
    });
  }

  for (const form of PASSING_FORMS)
    it(`stays a body: ${form.name}`, async () => {
      const { text } = await send(form.bytes);
      await assertOthersAreServed();
      assert.deepEqual(smuggled(), []);
      assert.ok(form.status.includes(statusOf(text)), text);
      const its = recorder.seen.filter(({ line }) => line === "POST /v1/accounts/seen");
      assert.deepEqual(
        its.map(({ body }) => body),
        [HIDDEN],
      );
      const [{ headers, trailers } = assert.fail()] = its;
      assert.equal(headers.host, "localhost");
      assert.equal(headers["x-forwarded-for"], "127.0.0.1");
      for (const name of ["upgrade", "http2-settings", "expect", "te"])
        assert.equal(headers[name], undefined, name);
      assert.deepEqual({ ...trailers }, {});
    });

  it("is not read from what follows a refused request on its connection", async () => {
    const bad = `POST /v1/accounts/bad HTTP/1.1\r\nHost: localhost\r\nConnection: cookie\r\nContent-Length: 0\r\n\r\n`;
    const { text } = await send(`${bad}${HIDDEN}`);
    assert.equal(text.match(/HTTP\/1\.1/g)?.length, 1, text);
    assert.deepEqual(recorder.seen, []);
  });

  it("is not what two honest requests on one connection are", async () => {
    const one = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const { text } = await send(one("/v1/accounts/a") + one("/v1/accounts/b"));
    assert.match(text, /200 OK[^]*GET \/v1\/accounts\/a[^]*200 OK[^]*GET \/v1\/accounts\/b/);
  });

  it("leaves no half body on a kept connection when its client goes away", async () => {
    const socket = connect();
    socket.on("error", () => {});
    await new Promise<void>((resolve) => socket.once("secureConnect", resolve));
    await new Promise<void>((resolve) =>
      socket.write(
        `POST /v1/accounts/half HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${HIDDEN.length + 99}\r\n\r\n${HIDDEN}`,
        () => resolve(),
      ),
    );
    socket.destroy();
    await assertOthersAreServed();
    assert.deepEqual(smuggled(), []);
  });

  it("drops headers whose names a target may read as others, when told to", async () => {
    const ask =
      "GET /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nX_Forwarded_For: 192.0.2.1\r\nX.Y: z\r\nX-Y: z\r\nConnection: close\r\n\r\n";
    await send(ask);
    await balancer.apply({ ...config, dropInvalidHeaders: false });
    await send(ask);
    const names = recorder.seen.map(({ headers }) =>
      ["x_forwarded_for", "x.y", "x-y"].filter((name) => name in headers),
    );
    assert.deepEqual(names, [["x-y"], ["x_forwarded_for", "x.y", "x-y"]]);
  });

  it("leaves repeated headers for the target to judge", async () => {
    await send(
      "GET /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nConnection: close\r\n\r\n",
    );
    const raw = recorder.seen[0]?.rawHeaders ?? [];
    assert.deepEqual(
      raw.filter((_, index) => raw[index - 1]?.toLowerCase() === "authorization"),
      ["Bearer a", "Bearer b"],
    );
  });
});
