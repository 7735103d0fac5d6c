import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { Registry } from "prom-client";
import { Agent } from "../../../services/agent/agent.ts";
import { createAgentApp } from "../../../services/agent/app.ts";
import { SelectorClient } from "../../../services/agent/store/selector-client.ts";
import { WireguardDirectory } from "../../../services/agent/store/wireguard-directory.ts";
import { METRICS } from "../../../services/contract/index.ts";
import { createLogger } from "../../../services/shared/log.ts";

const KERNEL_METRICS = [METRICS.conntrackEntries, METRICS.conntrackMax, METRICS.wireguardThreaded];

describe("the agent's metrics", () => {
  const directory = mkdtempSync(join(tmpdir(), "securevpn-agent-metrics-"));
  const file = join(directory, "kernel.txt");
  const metrics = new Registry();

  before(async () => {
    const log = createLogger("agent", "error");
    const agent = await Agent.open({
      selector: new SelectorClient({ url: "http://127.0.0.1:1", tokenFile: "/nonexistent" }),
      directory: new WireguardDirectory(directory),
      version: "1",
      udpPort: 51820,
      log,
    });
    createAgentApp(agent, metrics, log, () => false);
  });

  after(() => rmSync(directory, { recursive: true }));

  const values = async (): Promise<(number | undefined)[]> => {
    const text = await metrics.metrics();
    return KERNEL_METRICS.map((name) => {
      const value = new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1];
      return value === undefined ? undefined : Number(value);
    });
  };

  it("tell how near the node's kernel is to its bounds, as the data plane says", async () => {
    writeFileSync(file, "nf_conntrack_count 120\nnf_conntrack_max 131072\nthreaded 0\n");
    assert.deepEqual(await values(), [120, 131_072, 0]);
  });

  it("tell no figure that is not known, and none of a data plane that has stopped telling", async () => {
    writeFileSync(file, "threaded 1\n");
    assert.deepEqual(await values(), [undefined, undefined, 1]);
    const old = new Date(Date.now() - 120_000);
    utimesSync(file, old, old);
    assert.deepEqual(await values(), [undefined, undefined, undefined]);
  });
});
