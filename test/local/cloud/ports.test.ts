import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { createInterface } from "node:readline";
import { afterEach, describe, it } from "mocha";
import { assertPortsFree, holderOf, parseListeners } from "../../../local/cloud/ports.ts";

describe("ports", () => {
  const servers: Server[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.close();
      await once(server, "close");
    }
  });

  async function listen(host: string, ipv6Only = false): Promise<number> {
    const server = createServer();
    servers.push(server);
    server.listen({ host, port: 0, ipv6Only });
    await once(server, "listening");
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  it("names the process that listens on the very address", async () => {
    const port = await listen("127.59.0.1");
    assert.equal(holderOf("127.59.0.1", port)?.pid, process.pid);
    assert.match(holderOf("127.59.0.1", port)?.command ?? "", /node/);
    assert.equal(holderOf("127.59.0.2", port), undefined);
  });

  for (const wildcard of ["0.0.0.0", "::"]) {
    it(`finds that a listener on ${wildcard} blocks every loopback address`, async function () {
      const port = await listen(wildcard).catch(() => this.skip());
      assert.equal(holderOf("127.59.0.7", port)?.pid, process.pid);
      await assert.rejects(
        assertPortsFree([{ address: "127.59.0.7", port, what: "balancer" }]),
        new RegExp(
          `process ${process.pid} \\(.*\\), which listens on all addresses, holds port ${port} on 127.59.0.7 \\(balancer\\)\n.*SECUREVPN_SLOT`,
        ),
      );
    });
  }

  it("advises no other slot where a wildcard holds a port that is the same in every slot", async () => {
    const port = await listen("0.0.0.0");
    const wanted = [{ address: "127.59.", port, what: "services", fixed: true }];
    await assert.rejects(assertPortsFree(wanted), (error: Error) => {
      assert.match(error.message, new RegExp(`holds port ${port} on 127.59.1.1 \\(services\\)`));
      assert.doesNotMatch(error.message, /SECUREVPN_SLOT/);
      return true;
    });
  });

  it("finds a listener on any address of a prefix, and none beside it", async () => {
    const port = await listen("127.59.0.9");
    await assert.rejects(
      assertPortsFree([{ address: "127.59.", port, what: "cache" }]),
      new RegExp(`port ${port} on 127.59.0.9 \\(cache\\)`),
    );
    await assertPortsFree([{ address: "127.5.", port, what: "cache" }]);
  });

  it("gives holders that are ending the time to end", async () => {
    const port = await listen("127.59.0.8");
    const server = servers.pop();
    setTimeout(() => server?.close(), 150);
    await assertPortsFree([{ address: "127.59.0.8", port, what: "etcd" }], 20_000);
  });

  it("lets a listener on :: alone that leaves IPv4 free", async function () {
    const port = await listen("::", true).catch(() => this.skip());
    await assertPortsFree([{ address: "127.59.0.7", port, what: "balancer" }]);
  });

  it("names a holder in another process, and every port at once", async () => {
    const script =
      'const s=require("net").createServer().listen(0,"127.59.0.3",()=>console.log(s.address().port))';
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      const [port] = (await once(createInterface(child.stdout), "line")) as [string];
      const mine = await listen("127.59.0.4");
      await assert.rejects(
        assertPortsFree([
          { address: "127.59.0.3", port: Number(port), what: "API server" },
          { address: "127.59.0.4", port: mine, what: "etcd" },
        ]),
        (error: Error) =>
          error.message.includes(`process ${child.pid}`) &&
          error.message.includes(`process ${process.pid}`),
      );
    } finally {
      child.kill();
      await once(child, "exit");
    }
  });

  it("passes when all are free, and leaves them free", async () => {
    const port = await listen("127.59.0.5");
    const wanted = [{ address: "127.59.0.6", port, what: "etcd" }];
    await assertPortsFree(wanted);
    await assertPortsFree(wanted);
  });

  it("reads the kernel's tables: only listeners, IPv4 in both", () => {
    const head = "  sl  local_address rem_address   st ...\n";
    const tail = "00000000:00000000 00:00000000 00000000     0        0";
    const tcp = `${head}   0: 0100007F:1F90 00000000:0000 0A ${tail} 111 1\n   1: 0100007F:1F91 0100007F:1F90 01 ${tail} 112 1\n`;
    assert.deepEqual(parseListeners(tcp, 4), [{ address: "127.0.0.1", port: 8080, inode: "111" }]);
    const row = (address: string, inode: string): string =>
      `   0: ${address}:0050 ${"0".repeat(32)}:0000 0A ${tail} ${inode} 1\n`;
    const tcp6 =
      head +
      row("0".repeat(32), "1") +
      row("0000000000000000FFFF00000100007F", "2") +
      row(`${"0".repeat(24)}01000000`, "3");
    assert.deepEqual(parseListeners(tcp6, 6), [
      { address: "0.0.0.0", port: 80, inode: "1" },
      { address: "127.0.0.1", port: 80, inode: "2" },
    ]);
  });
});
