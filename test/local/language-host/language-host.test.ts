import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import { eventually } from "../../support/waiting.ts";
import { resolveTools, ROOT, toolEnvironment } from "../../../local/setup/tools.mjs";

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
const config = new pulumi.Config();
const mode: string = config.get("mode") ?? "plain";
if (mode === "throw") throw new pulumi.RunError("the program refuses");
if (mode === "crash") process.exit(7);
if (mode === "hang") {
  (await import("node:fs")).writeFileSync("program.pid", String(process.pid));
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}
class Thing extends pulumi.ComponentResource {
  constructor(name: string) {
    super("test:index:Thing", name, { colour: config.get("colour") ?? "green" });
    this.registerOutputs();
  }
}
new Thing("one");
export const secret = config.requireSecret("password");
export const where = pulumi.getStack() + "/" + pulumi.getProject() + "/" + pulumi.runtime.isDryRun();
`;
const PACK = `
import { PolicyPack } from "@pulumi/policy";
new PolicyPack("colours", { policies: [{
  name: "no-red", description: "Nothing is red.", enforcementLevel: "mandatory",
  validateResource: (args, report) => { if (args.props.colour === "red") report("it is red"); },
}] });
`;

function environment(directory: string): NodeJS.ProcessEnv {
  return {
    ...toolEnvironment(),
    HOME: directory,
    PULUMI_HOME: join(directory, "home"),
    PULUMI_BACKEND_URL: `file://${join(directory, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE: "a passphrase of the test",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
  };
}

function writeProject(directory: string): void {
  for (const folder of ["home", "backend", "pack"]) mkdirSync(join(directory, folder));
  symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  const runtime = "runtime: {name: nodejs, options: {typescript: false}}\n";
  writeFileSync(join(directory, "Pulumi.yaml"), `name: host-test\nmain: index.ts\n${runtime}`);
  writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "p", type: "module" }));
  writeFileSync(join(directory, "index.ts"), PROGRAM);
  writeFileSync(join(directory, "pack", "PulumiPolicy.yaml"), "runtime: nodejs\n");
  const pack = { name: "pack", version: "1.0.0", type: "module", main: "index.ts" };
  writeFileSync(join(directory, "pack", "package.json"), JSON.stringify(pack));
  writeFileSync(join(directory, "pack", "index.ts"), PACK);
}

describe("the Node language host under the real Pulumi CLI", () => {
  const pulumi = resolveTools().pulumi;
  let directory: string;

  function run(...args: string[]): { code: number | null; output: string } {
    const result = spawnSync(pulumi, ["--non-interactive", "--color=never", ...args], {
      cwd: directory,
      env: environment(directory),
      encoding: "utf8",
    });
    return { code: result.status, output: result.stdout + result.stderr };
  }

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "securevpn-host-"));
    writeProject(directory);
    assert.equal(run("stack", "init", "dev").code, 0);
    assert.equal(run("config", "set", "--secret", "password", "hunter2").code, 0);
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  it("previews a TypeScript program, with its stack, project and dry run", () => {
    const { code, output } = run("preview", "--diff");
    assert.equal(code, 0, output);
    assert.match(output, /dev\/host-test\/true/);
    assert.doesNotMatch(output, /hunter2|warning/);
  });

  it("brings it up and keeps config secrets secret", () => {
    assert.equal(run("up", "--yes").code, 0);
    const outputs: unknown = JSON.parse(run("stack", "output", "--json").output);
    assert.deepEqual(outputs, { secret: "[secret]", where: "dev/host-test/false" });
  });

  it("shows an error of the program once and fails", () => {
    const { code, output } = run("preview", "--config", "host-test:mode=throw");
    assert.notEqual(code, 0);
    assert.equal(output.split("Diagnostics:")[1]?.match(/the program refuses/g)?.length, 1, output);
    assert.doesNotMatch(output, /ended with exit code/);
  });

  it("says how a program ended that told nothing", () => {
    const { code, output } = run("preview", "--config", "host-test:mode=crash");
    assert.notEqual(code, 0);
    assert.match(output, /exit code 7/);
  });

  it("runs a policy pack: what it allows goes on, what it forbids is refused by name", () => {
    const green = run("preview", "--policy-pack", "pack", "--config", "host-test:mode=plain");
    assert.equal(green.code, 0, green.output);
    const red = run("preview", "--policy-pack", "pack", "--config", "host-test:colour=red");
    assert.notEqual(red.code, 0);
    assert.match(red.output, /no-red/);
    assert.match(red.output, /it is red/);
  });

  it("leaves no process behind when the CLI is killed with -9", async () => {
    const cli = spawn(pulumi, ["preview", "--non-interactive", "--config", "host-test:mode=hang"], {
      cwd: directory,
      env: environment(directory),
      stdio: "ignore",
    });
    await eventually("the program runs", () => readdirSync(directory).includes("program.pid"));
    await sleep(50);
    const host = processesIn(directory);
    assert.ok(host.length >= 3, `CLI, host and program run: ${host.join(", ")}`);
    cli.kill("SIGKILL");
    await eventually("all have ended", () => processesIn(directory).length === 0);
  });
});

/** Live processes whose environment names the folder: all that a CLI started there left. */
function processesIn(directory: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`HOME=${directory}\0`);
      } catch {
        return false;
      }
    });
}
