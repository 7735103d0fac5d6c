import assert from "node:assert/strict";
import net from "node:net";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import { Balancer } from "../../../local/parts/balancer.ts";
import { testContext, type TestContext } from "../../support/cloud-context.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine";
const STOLEN = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen";
const NODE_PORT = 30080;
/** Long enough for a kept connection to be free again. */
const LATER_MS = 50;

/** What a broken or bewitched target says to one request: a number waits so many milliseconds. */
const ANSWERS: readonly { name: string; method?: string; says: readonly (string | number)[] }[] = [
  { name: "two at once", says: [OK + STOLEN] },
  { name: "a second one a little later", says: [OK, LATER_MS, STOLEN] },
  { name: "half of a second one", says: [OK, LATER_MS, STOLEN.slice(0, 20)] },
  {
    name: "a body to a HEAD",
    method: "HEAD",
    says: ["HTTP/1.1 200 OK\r\nContent-Length: 80\r\n\r\n" + STOLEN],
  },
  {
    name: "a body to a HEAD, later",
    method: "HEAD",
    says: ["HTTP/1.1 200 OK\r\nContent-Length: 80\r\n\r\n", LATER_MS, STOLEN],
  },
  {
    name: "a body after 204",
    says: ["HTTP/1.1 204 No Content\r\nContent-Length: 80\r\n\r\n" + STOLEN],
  },
  {
    name: "a length and chunks",
    says: [
      `HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${STOLEN}`,
    ],
  },
  {
    name: "two lengths",
    says: [`HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 0\r\n\r\nmine${STOLEN}`],
  },
  {
    name: "a switch of protocols",
    says: [
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + STOLEN,
    ],
  },
  {
    name: "a length that Connection names",
    says: [`HTTP/1.1 200 OK\r\nConnection: content-length\r\nContent-Length: 4\r\n\r\nmine`],
  },
  {
    name: "lines that end in line feeds",
    says: [`HTTP/1.1 200 OK\nContent-Length: 4\n\nmine${STOLEN}`],
  },
];

describe("an answer that nobody asked for", () => {
  let test: TestContext;
  let balancer: Balancer;
  let says: readonly (string | number)[] = [];
  const target = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => void answer(socket, chunk.toString("latin1")));
  });

  async function answer(socket: net.Socket, asked: string): Promise<void> {
    if (!asked.includes("/bewitched")) return void socket.write(OK);
    for (const part of says) {
      if (typeof part === "number") await sleep(part);
      else socket.write(part);
    }
  }

  function ask(path: string, method = "GET"): Promise<string> {
    const { host, port } = test.context.addresses.balancer;
    return new Promise((resolve, reject) => {
      const request = https.request(
        {
          host,
          port,
          servername: "localhost",
          ca: test.context.ca.pem,
          path,
          method,
          agent: false,
        },
        (response) => {
          let body = "";
          response.on("data", (chunk: Buffer) => (body += chunk.toString()));
          response.on("end", () => resolve(body));
          response.on("error", reject);
        },
      );
      request.on("error", reject);
      request.end();
    });
  }

  before(async () => {
    test = await testContext();
    await new Promise<void>((resolve) => target.listen(0, "127.57.0.211", resolve));
    const address = target.address();
    assert.ok(typeof address === "object" && address !== null);
    const backend = { host: "127.57.0.211", port: address.port };
    balancer = new Balancer(test.context, () => [backend]);
    await balancer.apply({
      name: "entry",
      idleTimeoutMs: 2_000,
      names: ["api.local.securevpn.test"],
      desyncMitigation: "defensive",
      dropInvalidHeaders: true,
      rules: [],
      defaultAction: { kind: "forward", nodePort: NODE_PORT, deregistrationDelayMs: 1_000 },
    });
  });
  after(async () => {
    await balancer.stop();
    target.close();
    test.remove();
  });

  for (const { name, method, says: parts } of ANSWERS)
    it(`goes to nobody: ${name}`, async () => {
      says = parts;
      const first = await ask("/bewitched", method).catch(() => "");
      assert.ok(!first.includes("stolen"), first);
      const others = [await ask("/other")];
      await sleep(2 * LATER_MS);
      others.push(await ask("/other"), await ask("/other"));
      assert.deepEqual(others, ["mine", "mine", "mine"]);
    });
});
