import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import type { Region } from "../../local/commands/region.ts";
import { runDemo } from "../../local/demo/client.ts";
import type { Provider } from "../../local/providers/provider.ts";
import {
  call,
  changesOf,
  freshStateDir,
  needsTools,
  openRegion,
  refreshRegion,
  upRegion,
} from "./support.ts";

/** Readiness is asked every 2 s (infra/lib/pod.ts). */
const PROBE_PERIOD_MS = 2_000;
const CREDENTIALS = { email: "keeper@example.com", passphrase: "a passphrase that stays" };

/** Makes the first create of one resource fail, as a cloud does that is out of capacity. */
function failingOnce(type: string, name: string): (provider: Provider) => Provider {
  let failed = false;
  return (provider) => {
    const create = provider.create.bind(provider);
    provider.create = (ref, inputs, options) => {
      if (ref.type !== type || ref.name !== name || options.preview || failed)
        return create(ref, inputs, options);
      failed = true;
      return Promise.reject(new Error("InsufficientDBInstanceCapacity: try again later"));
    };
    return provider;
  };
}

/** One story on one region, told in order: bringing a region up takes half a minute. */
describe("a region on the embedded cloud, by the real engine", function () {
  this.timeout(300_000);
  let region: Region;
  let stateDir = "";
  let resources = 0;

  before(async function () {
    needsTools(this);
    stateDir = freshStateDir();
    region = await openRegion({
      stateDir,
      intercept: failingOnce("aws:rds/instance:Instance", "shard-0-replica-1"),
    });
  });

  after(async () => {
    if (stateDir === "") return;
    await region.close();
    rmSync(stateDir, { recursive: true, force: true });
  });

  it("up makes every resource, and a client signs up, gets a server and uses the tunnel", async () => {
    const report = await upRegion(region);
    resources = report.changes.create;
    assert.ok(resources > 200, `${resources} resources created`);
    assert.deepEqual(
      { ...report.changes, create: 0 },
      { create: 0, update: 0, replace: 0, delete: 0, same: 0 },
    );
    const { context, underlay } = region.cloud;
    const apiUrl = `https://localhost:${context.addresses.balancer.port}`;
    const demo = await runDemo({
      apiUrl,
      caPem: context.ca.pem,
      underlay,
      say: () => {},
      signal: new AbortController().signal,
    });
    assert.ok(demo.ok, JSON.stringify(demo.steps));
    assert.equal((await call(region, "POST", "/v1/accounts", CREDENTIALS))?.status, 201);
  });

  it("a second up changes nothing", async () => {
    const report = await upRegion(region);
    assert.deepEqual(changesOf(report), []);
    assert.equal(report.changes.same, resources);
  });

  it("a failed create names its cause and leaves a state from which up goes on to exactly the asked change", async () => {
    const config = { "securevpn:replicasPerShard": 2 };
    await assert.rejects(upRegion(region, config), /InsufficientDBInstanceCapacity/);
    await upRegion(region, config);
    const live = region.cloud.aws
      .list()
      .filter(
        ({ type, inputs }) =>
          type === "aws:rds/instance:Instance" && inputs["replicateSourceDb"] !== undefined,
      );
    assert.equal(live.length, 4);
    assert.deepEqual(changesOf(await upRegion(region, config)), []);
  });

  it("one replica fewer deletes the replicas with their alarms, changes the region's map and rolls what reads it, and touches nothing else", async () => {
    const changes = changesOf(await upRegion(region));
    const alarms = ["shard-0", "shard-1"].flatMap((shard) =>
      ["connections", "cpu", "lag", "memory", "storage"].map(
        (what) => `delete aws:cloudwatch/metricAlarm:MetricAlarm alarms-${shard}-replica-1-${what}`,
      ),
    );
    assert.deepEqual(changes, [
      ...alarms,
      "delete aws:rds/instance:Instance shard-0-replica-1",
      "delete aws:rds/instance:Instance shard-1-replica-1",
      "replace kubernetes:core/v1:ConfigMap region",
      "update kubernetes:apps/v1:Deployment auth",
      "update kubernetes:apps/v1:Deployment selector",
      // An exporter has a container for each instance, a flow to it and room for it.
      "update kubernetes:apps/v1:StatefulSet postgres-exporter-shard-0",
      "update kubernetes:apps/v1:StatefulSet postgres-exporter-shard-1",
      "update kubernetes:batch/v1:CronJob auth-maintenance",
      "update kubernetes:core/v1:ResourceQuota securevpn-monitoring-bounds",
      "update kubernetes:networking.k8s.io/v1:NetworkPolicy postgres-exporter",
    ]);
  });

  it("drift made by hand is seen by refresh and repaired by up", async () => {
    const client = region.cloud.cluster.controlPlane?.client;
    assert.ok(client);
    // auth's and selector's replicas are their autoscalers', so the Deployment is one whose number is the program's.
    const scaled = "/namespaces/securevpn-system/deployments/cluster-autoscaler/scale";
    await client.call("PATCH", `/apis/apps/v1${scaled}`, {
      body: { spec: { replicas: 1 } },
      contentType: "application/merge-patch+json",
    });
    await client.call("DELETE", "/api/v1/namespaces/securevpn/services/selector");
    const seen = changesOf(await refreshRegion(region));
    assert.deepEqual(seen, [
      "delete kubernetes:core/v1:Service selector",
      "update kubernetes:apps/v1:Deployment cluster-autoscaler",
    ]);
    const repaired = changesOf(await upRegion(region));
    assert.deepEqual(repaired, [
      "create kubernetes:core/v1:Service selector",
      "update kubernetes:apps/v1:Deployment cluster-autoscaler",
    ]);
    assert.deepEqual(changesOf(await upRegion(region)), []);
  });

  it("a killed service pod comes back, and no request fails for longer than a probe period", async () => {
    const victim = region.cloud.context.parts
      .list()
      .find(({ name, state }) => name.startsWith("pod/auth-") && state === "ready");
    assert.ok(victim?.pid);
    const restarts = (): number => region.cloud.context.parts.get(victim.name)?.restarts ?? 0;
    const restartsBefore = restarts();
    const failures: number[] = [];
    let asked = 0;
    let running = true;
    const load = (async () => {
      while (running) {
        const answer = await call(region, "GET", "/v1/plans");
        asked += 1;
        if (answer?.status !== 200) failures.push(Date.now());
        await sleep(20);
      }
    })();
    await sleep(300);
    process.kill(victim.pid, "SIGKILL");
    const deadline = Date.now() + 60_000;
    while (restarts() <= restartsBefore && Date.now() < deadline) await sleep(100);
    await sleep(1_000);
    running = false;
    await load;
    assert.ok(
      restarts() > restartsBefore,
      `${victim.name} was not started again: ${JSON.stringify(region.cloud.context.parts.get(victim.name))}`,
    );
    const outage = failures.length === 0 ? 0 : (failures.at(-1) ?? 0) - (failures[0] ?? 0);
    assert.ok(
      outage <= PROBE_PERIOD_MS,
      `${failures.length} of ${asked} requests failed within ${outage} ms`,
    );
  });

  it("a crashed database and a crashed cache are repaired on their data", async () => {
    const part = (name: string) => region.cloud.context.parts.get(name);
    const database = region.cloud.context.parts
      .list()
      .find(({ name }) => name.startsWith("postgres/") && !name.endsWith("-r0"));
    const cache = region.cloud.context.parts.list().find(({ name }) => name.startsWith("redis/"));
    for (const victim of [database, cache]) {
      assert.ok(victim?.pid);
      process.kill(victim.pid, "SIGKILL");
      const deadline = Date.now() + 60_000;
      while (
        (part(victim.name)?.pid === victim.pid || part(victim.name)?.state !== "ready") &&
        Date.now() < deadline
      )
        await sleep(100);
      assert.equal(part(victim.name)?.state, "ready");
    }
    const until = Date.now() + 60_000;
    let login = await call(region, "POST", "/v1/sessions", CREDENTIALS);
    while (login?.status !== 201 && Date.now() < until) {
      await sleep(250);
      login = await call(region, "POST", "/v1/sessions", CREDENTIALS);
    }
    assert.equal(login?.status, 201);
  });

  it("a restart of the whole region keeps its data, and up then changes nothing", async () => {
    await region.close();
    region = await openRegion({ stateDir });
    assert.deepEqual(changesOf(await upRegion(region)), []);
    assert.equal((await call(region, "POST", "/v1/sessions", CREDENTIALS))?.status, 201);
  });

  it("the state holds no secret in plain", async () => {
    const backend = join(stateDir, "engine", "backend");
    const files = readdirSync(backend, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const exported = files
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
      .join("\n");
    assert.ok(exported.includes("auth-secrets"));
    const client = region.cloud.cluster.controlPlane?.client;
    const secret = await client?.get<{ data: Record<string, string> }>(
      "/api/v1/namespaces/securevpn/secrets/auth-secrets",
    );
    const values = Object.values(secret?.data ?? {}).map((value) =>
      Buffer.from(value, "base64").toString("utf8"),
    );
    assert.ok(values.length >= 5);
    for (const value of values)
      assert.ok(!exported.includes(value), "a secret value stands in the state");
  });

  it("destroy leaves no resource, no part and no data", async () => {
    const stack = await region.stack();
    await stack.destroy({ color: "never" });
    assert.deepEqual(region.cloud.aws.list(), []);
    const parts = region.cloud.context.parts.list().filter(({ kind }) => kind !== "network");
    assert.deepEqual(parts, []);
    for (const folder of ["postgres", "redis", "kubernetes"]) {
      const path = join(stateDir, "parts", folder);
      assert.deepEqual(existsSync(path) ? readdirSync(path) : [], [], `${path} is empty`);
    }
    assert.deepEqual(processesBelow(stateDir), []);
  });
});

/** Command lines of living processes that name the folder. */
function processesBelow(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return command.includes(folder) ? [command] : [];
      } catch {
        return [];
      }
    })
    .filter((command) => !command.includes("sweep.sh"));
}
