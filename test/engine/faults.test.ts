import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { assertOnce, IS_ROOT, machineWith } from "./machines.ts";
import {
  assertNothingLeft,
  CommandProcess,
  endAll,
  processesOf,
  ROOT,
  run,
  start,
} from "./start-process.ts";
import { freshStateDir, needsTools } from "./support.ts";

/** More than a region needs to begin, and soon filled. */
const DISK_MIB = 1500;
const CHUNK = Buffer.alloc(4 * 1024 * 1024);
const PAGE = Buffer.alloc(4096);

/** One region that meets one fault after the other, each start on what the last one left. */
describe("a region that is killed, interrupted or out of disk goes on", function () {
  this.timeout(300_000);
  let stateDir = "";

  before(function () {
    needsTools(this);
    stateDir = freshStateDir();
    if (!IS_ROOT) return;
    const mounted = spawnSync("mount", [
      ...["-t", "tmpfs", "-o", `size=${DISK_MIB}m,mode=700`, "none", stateDir],
    ]);
    assert.equal(mounted.status, 0, mounted.stderr.toString());
  });

  after(async () => {
    if (stateDir === "") return;
    await endAll();
    try {
      await assertNothingLeft(stateDir);
    } finally {
      if (IS_ROOT) spawnSync("umount", ["--lazy", stateDir]);
      rmSync(stateDir, { recursive: true, force: true });
    }
  });

  const recordFolder = (): string => join(stateDir, "cloud", "aws");
  const records = (): number =>
    existsSync(recordFolder()) ? readdirSync(recordFolder()).length : 0;
  const untilRecords = (process: CommandProcess, count: number): Promise<void> =>
    process.until(`${count} records`, () => records() >= count);
  const untilPart = (process: CommandProcess, name: RegExp): Promise<void> =>
    process.until(
      String(name),
      () => process.status()?.parts.some((p) => name.test(p.name)) ?? false,
    );

  async function killed(process: CommandProcess): Promise<void> {
    assert.equal(await process.kill("SIGKILL"), 137);
    await assertNothingLeft(stateDir);
  }

  it("killed while its parts start", async () => {
    const first = start(stateDir);
    await first.until("its folder", () => existsSync(join(stateDir, "version")));
    await killed(first);
  });

  it("killed early in up", async () => {
    const early = start(stateDir);
    await untilRecords(early, 20);
    await killed(early);
  });

  it("interrupted in the middle of up: everything is stopped in order, exit code 130", async () => {
    const stopped = start(stateDir);
    await untilRecords(stopped, 60);
    assert.equal(await stopped.kill("SIGINT"), 130, stopped.output);
    assert.match(
      stopped.stderr,
      /SIGINT: stopping in order[^]*everything is stopped; the data is kept/,
    );
    assert.doesNotMatch(stopped.stderr, /error:/);
    await assertNothingLeft(stateDir);
  });

  it("out of disk in the middle of up: one clear message", async function () {
    if (!IS_ROOT) this.skip();
    const starved = start(stateDir);
    await untilPart(starved, /^postgres\//);
    const ballast = join(stateDir, "ballast.tmp");
    fill(ballast);
    assert.equal(await starved.exit(), 1, starved.output);
    assertOnce(
      starved.stderr,
      /the disk of .* is full \(\d+ MiB are free\)\. Make room and start again/,
    );
    assertOnce(starved.stderr, /^error: /);
    await assertNothingLeft(stateDir);
    rmSync(ballast);
  });

  it("killed late in up", async () => {
    const late = start(stateDir);
    await untilPart(late, /^pod\/auth/);
    await killed(late);
  });

  it("comes up then, harmed by no second start, and is shown", async () => {
    const region = start(stateDir);
    await region.untilSays(/ready after/);
    assert.match(region.stdout, /a client went through it/);
    const pid = await region.scriptPid();

    const second = await run("start", [], { stateDir });
    assert.equal(second.code, 1);
    assert.match(
      second.output,
      new RegExp(`npm start already runs as process ${pid} since .* on ${stateDir}`),
    );
    const destroy = await run("destroy", [], { stateDir });
    assert.equal(destroy.code, 1);
    assert.match(destroy.output, new RegExp(`already runs as process ${pid}`));

    const status = await run("status", ["--json"], { stateDir });
    assert.equal(status.code, 0, status.output);
    const { phase, parts, memoryBytes } = JSON.parse(status.stdout) as {
      phase: string;
      parts: { name: string; state: string }[];
      memoryBytes: { total: number };
    };
    assert.equal(phase, "ready");
    const broken = parts.filter(({ state }) => state !== "ready" && state !== "not run");
    assert.deepEqual(broken, []);
    assert.ok(memoryBytes.total < 3 * 1024 ** 3, `${memoryBytes.total} bytes`);
    assert.match(
      (await run("status", [], { stateDir })).stdout,
      /^Memory \d+ MB.*\n[^]*kube-apiserver +ready .* \d+ MB/m,
    );

    const logs = await run("logs", ["auth", "--no-follow"], { stateDir });
    assert.match(logs.stdout, /^pod\/auth-.* \| .*auth listens/m);
    const head = spawnSync(
      "sh",
      ["-c", `node local/setup/run.mjs local/commands/logs.ts etcd | head -1`],
      {
        cwd: ROOT,
        env: { ...process.env, SECUREVPN_STATE: stateDir },
        encoding: "utf8",
        timeout: 20_000,
      },
    );
    assert.equal(head.status, 0, "following ends with its reader");
    assert.match(
      (await run("logs", ["nothing"], { stateDir })).output,
      /no part "nothing" has a log\. Parts: all, .*etcd/,
    );
    await killed(region);
  });

  it("killed while it stops; repeated signals of one Ctrl-C count once", async () => {
    const stopping = start(stateDir);
    await stopping.untilSays(/pulumi up runs/);
    const pid = await stopping.scriptPid();
    for (let times = 0; times < 4; times++) process.kill(pid, "SIGINT");
    await stopping.untilSays(/stopping in order/);
    assert.ok(existsSync(`/proc/${pid}`));
    await killed(stopping);
  });

  it("a machine without a tun device gets a simulated data plane, said in one line; a lost reader stops the region in order", async function () {
    const prefix = IS_ROOT ? machineWith("mount -t tmpfs none /dev/net") : [];
    const region = new CommandProcess("start", [], {
      stateDir,
      prefix: [...prefix, "sh", "-c", '"$@" | head -1; sleep 0.1; echo "head is done"', "sh"],
    });
    await region.exit();
    if (IS_ROOT)
      assertOnce(
        region.stderr,
        /the VPN data plane is simulated: this machine has no usable \/dev\/net\/tun/,
      );
    assert.match(region.stderr, /pulumi up took .* 0 created, 0 updated, 0 replaced, 0 deleted/);
    assert.match(region.stderr, /ready after[^]*everything is stopped; the data is kept/);
    await assertNothingLeft(stateDir);
  });

  it("begins anew with --fresh", async () => {
    const old = join(stateDir, "parts", "old");
    writeFileSync(old, "");
    const fresh = start(stateDir, ["--fresh"]);
    await untilPart(fresh, /^postgres\//);
    assert.equal(existsSync(old), false);
    assert.equal(await fresh.kill("SIGTERM"), 143);
  });

  it("is destroyed, half-made as it is, without a trace", async () => {
    const destroyed = await run("destroy", [], { stateDir });
    assert.equal(destroyed.code, 0, destroyed.output);
    assert.match(destroyed.stdout, /Destroyed \d+ resources; no process and no file is left/);
    assert.deepEqual(existsSync(stateDir) ? readdirSync(stateDir) : [], []);
    assert.deepEqual(processesOf(stateDir), []);
    const again = await run("destroy", [], { stateDir });
    assert.equal(again.code, 0, again.output);
  });
});

/** Takes all space that is left. */
function fill(file: string): void {
  const free = (): number => statfsSync(join(file, "..")).bavail;
  for (const chunk of [CHUNK, PAGE]) {
    try {
      while (free() > 0) appendFileSync(file, chunk);
    } catch {
      // full
    }
  }
}
