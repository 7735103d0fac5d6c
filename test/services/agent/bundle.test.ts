import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { bundle, LOADER } from "../../../infra/lib/bundle.ts";
import { AGENT, METRICS } from "../../../services/contract/index.ts";
import { randomKey } from "../selector/fixtures.ts";
import { eventually } from "../../support/waiting.ts";
import { ScriptedSelector } from "./scripted-selector.ts";

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address === null || typeof address === "string"
          ? reject(new Error("no port"))
          : resolve(address.port),
      );
    });
  });
}

describe("the agent's bundle as a pod starts it", () => {
  const directory = mkdtempSync(join(tmpdir(), "securevpn-agent-bundle-"));
  const selector = new ScriptedSelector();
  const publicKey = randomKey();
  let child: ChildProcess;
  let base = "";
  let output = "";

  before(async () => {
    await selector.listen();
    Object.assign(selector, { peers: [{ publicKey, allowedIps: ["100.64.0.7/32"] }], epoch: 3 });
    mkdirSync(join(directory, "run"));
    writeFileSync(
      join(directory, "main.mjs.br"),
      Buffer.from(bundle(AGENT.entry).base64, "base64"),
    );
    writeFileSync(join(directory, "token"), "secret-token");
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    child = spawn(
      process.execPath,
      [
        "--enable-source-maps",
        "-e",
        LOADER,
        join(directory, "main.mjs.br"),
        join(directory, "run"),
      ],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          POD_IP: "127.0.0.1",
          INTERNAL_PORT: String(port),
          SELECTOR_URL: selector.url,
          AGENT_TOKEN_FILE: join(directory, "token"),
          WIREGUARD_DIR: join(directory, "wg"),
          WIREGUARD_PORT: "51999",
          LOG_LEVEL: "debug",
        },
      },
    );
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await eventually(
      "a beat comes",
      () => selector.count("/heartbeat") > 0 || child.exitCode !== null,
    );
  });
  after(async () => {
    if (child.exitCode === null) child.kill("SIGKILL");
    await selector.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("lives, registers with its UDP port and writes the peers for the data plane", async () => {
    assert.equal(await (await fetch(`${base}/livez`)).text(), "ok\n");
    assert.equal(selector.registrations[0]?.udpPort, 51999);
    const desired = (): string => readFileSync(join(directory, "wg/desired.conf"), "utf8");
    await eventually("the peer is wanted", () => desired().includes(publicKey));
    assert.match(desired(), /ListenPort = 51999\n/);
    const probe = await fetch(`${base}/readyz`);
    assert.equal(probe.status, 503, "no data plane reports here");
    assert.match(await probe.text(), /data plane/);
  });

  it("has metrics that name no peer", async () => {
    const text = await (await fetch(`${base}/metrics`)).text();
    assert.match(text, new RegExp(`^${METRICS.activeConnections} 0$`, "m"));
    assert.match(text, new RegExp(`^${METRICS.transferBytes}\\{direction="rx"\\} 0$`, "m"));
    assert.ok(!text.includes(publicKey) && !text.includes("100.64."));
  });

  it("writes no key, token or tunnel address to its log, whatever it is fed, and ends with 0", async () => {
    for (const listMode of ["html", "garbled items", "cut"] as const) {
      selector.listMode = listMode;
      const from = selector.count("/peers");
      await eventually("it asked again", () => selector.count("/peers") > from + 1);
    }
    selector.push("add", { epoch: 9, publicKey, allowedIps: ["0.0.0.0/0"] });
    await eventually("it says so", () => output.includes("cannot be used"));
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");
    assert.equal(code, 0, output);
    const privateKey = readFileSync(join(directory, "wg/private.key"), "utf8").trim();
    for (const secret of [publicKey, privateKey, "secret-token", "100.64.", "0.0.0.0/0"])
      assert.ok(!output.includes(secret), "the log holds a secret");
  });
});
