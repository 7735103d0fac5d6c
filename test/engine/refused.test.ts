import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { addressPlan } from "../../local/cloud/addresses.ts";
import { assertOnce, IS_ROOT, machineWith, NO_ROOT } from "./machines.ts";
import { assertNothingLeft, endAll, FAULTS_SLOT, run, start } from "./start-process.ts";
import { freshStateDir, needsTools } from "./support.ts";

describe("a start that cannot begin says why, and leaves nothing", () => {
  let stateDir = "";

  before(function () {
    needsTools(this);
    stateDir = freshStateDir();
  });

  after(async () => {
    await endAll();
    if (stateDir !== "") rmSync(stateDir, { recursive: true, force: true });
  });

  async function assertRefused(pattern: RegExp, prefix: readonly string[] = []): Promise<void> {
    const refused = start(stateDir, [], prefix);
    assert.equal(await refused.exit(), 1, refused.output);
    assertOnce(refused.stderr, /^error: /);
    assert.match(refused.stderr, pattern);
    await assertNothingLeft(stateDir);
  }

  it("a port that another program holds on all addresses, with its name", async () => {
    const { port } = addressPlan(Number(FAULTS_SLOT)).balancer;
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(port, "0.0.0.0", resolve));
    try {
      const holder = `process ${process.pid} \\(.*\\), which listens on all addresses`;
      await assertRefused(
        new RegExp(`${holder}, holds port ${port} on 127\\.0\\.0\\.1 \\(balancer\\)`),
      );
    } finally {
      squatter.close();
    }
  });

  it("no Redis, and nobody who may install it", async function () {
    if (!IS_ROOT) this.skip();
    const hidden = ["redis-server", "valkey-server"].map(
      (name) => `for f in $(which -a ${name}); do mount --bind "$FILE" "$f"; done`,
    );
    const noProgram = join(stateDir, "no-program");
    writeFileSync(noProgram, "", { mode: 0o644 });
    const prefix = machineWith([`FILE='${noProgram}'`, ...hidden].join("; "));
    await assertRefused(/redis-server is missing\.\nInstall it, on Debian .*"apt-get/, [
      ...prefix,
      ...NO_ROOT,
    ]);
    rmSync(noProgram);
  });

  it("a folder of another version, and one with files that no region wrote", async () => {
    const version = join(stateDir, "version");
    writeFileSync(version, "0\n");
    await assertRefused(/written by another version .*layout 0.*npm start -- --fresh/);
    rmSync(version);
    writeFileSync(join(stateDir, "thesis.tex"), "years of work");
    await assertRefused(/holds files that are not a region's \(thesis\.tex\)/);
    assert.equal(existsSync(version), false, "no start claimed the folder");
    assert.equal(readFileSync(join(stateDir, "thesis.tex"), "utf8"), "years of work");
    rmSync(join(stateDir, "thesis.tex"));
  });

  it("a disk that is too small", async function () {
    if (!IS_ROOT) this.skip();
    const prefix = machineWith(`mount -t tmpfs -o size=50m none '${stateDir}'`);
    const refused = start(stateDir, [], prefix);
    assert.equal(await refused.exit(), 1);
    assert.match(refused.stderr, /has \d+ MiB free, and a region needs 700 MiB/);
  });

  it("nobody is root: that is no fault, the data plane is simulated, said in one line", async () => {
    const begun = start(stateDir, [], IS_ROOT ? NO_ROOT : []);
    await begun.untilSays(/the VPN data plane is simulated/);
    await begun.until("its folder", () => existsSync(join(stateDir, "environment.json")));
    assert.equal(await begun.kill("SIGINT"), 130);
    assertOnce(begun.stderr, /the VPN data plane is simulated: network namespaces need root/);
    await assertNothingLeft(stateDir);
  });

  it("an argument and a slot that do not exist", async () => {
    const bogus = await run("start", ["--bogus"], { stateDir });
    assert.equal(bogus.code, 1);
    assert.match(bogus.output, /--bogus[^]*usage: npm start/);
    const slot = await run("start", [], { stateDir, env: { SECUREVPN_SLOT: "12" } });
    assert.match(slot.output, /SECUREVPN_SLOT is 12; allowed: a whole number from 0 to 9/);
  });
});
