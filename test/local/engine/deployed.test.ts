import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
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
import { after, before, describe, it } from "mocha";
import { selectDeployed } from "../../../local/engine/deployed.ts";
import { RunReport } from "../../../local/engine/report.ts";
import { resolveTools, ROOT, toolEnvironment } from "../../../local/setup/tools.mjs";

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
const config = new pulumi.Config();
class Thing extends pulumi.ComponentResource {
  constructor(name: string) {
    super("test:index:Thing", name, {});
    this.registerOutputs();
  }
}
for (let n = 0; n < config.requireNumber("things"); n++) new Thing("thing-" + n);
export const secretIs = config.requireSecret("password").apply((text) => text.length);
`;

describe("a preview against what is deployed", () => {
  let root = "";
  const variables = (): Record<string, string> => ({
    PATH: toolEnvironment()["PATH"] ?? "",
    PULUMI_HOME: join(root, "home"),
    PULUMI_BACKEND_URL: `file://${join(root, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE: "a passphrase of the test",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
    SECUREVPN_LANGUAGE_HOST: toolEnvironment()["SECUREVPN_LANGUAGE_HOST"] ?? "",
  });
  const byHand = (...args: string[]): string => {
    const env = { ...process.env, ...variables() };
    const run = spawnSync("pulumi", args, { cwd: root, env, encoding: "utf8" });
    assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
    return run.stdout;
  };
  const select = (stack: string, config?: Record<string, unknown>) =>
    selectDeployed({
      stack,
      root,
      workDir: join(root, "scratch"),
      environment: variables(),
      ...(config === undefined ? {} : { config }),
    });

  before(function () {
    if (resolveTools().pulumi === undefined) this.skip();
    root = mkdtempSync(join(tmpdir(), "securevpn-deployed-"));
    for (const folder of ["home", "backend", "infra"]) mkdirSync(join(root, folder));
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
    const runtime = "runtime: {name: nodejs, options: {typescript: false}}\n";
    writeFileSync(join(root, "Pulumi.yaml"), `name: tiny\nmain: infra/index.ts\n${runtime}`);
    writeFileSync(join(root, "package.json"), JSON.stringify({ name: "tiny", type: "module" }));
    writeFileSync(join(root, "infra", "index.ts"), PROGRAM);
    byHand("stack", "init", "there");
    byHand("config", "set", "things", "1");
    byHand("config", "set", "--secret", "password", "sesame");
    byHand("up", "--yes", "--skip-preview", "--non-interactive");
    writeFileSync(join(root, "Pulumi.elsewhere.yaml"), "config:\n  tiny:things: 1\n");
  });

  after(() => {
    if (root !== "") rmSync(root, { recursive: true, force: true });
  });

  it("finds nothing to change where nothing changed, and reads the stack's own secrets", async () => {
    const { changeSummary } = await (await select("there")).preview({ color: "never" });
    assert.deepEqual(changeSummary, { same: 2 });
  });

  it("shows exactly what a changed value would change, and changes no tracked file", async () => {
    const files = ["Pulumi.yaml", "Pulumi.there.yaml"];
    const tracked = (): string[] => files.map((file) => readFileSync(join(root, file), "utf8"));
    const [before, names] = [tracked(), readdirSync(root)];
    const stack = await select("there", { "tiny:things": 2 });
    const report = new RunReport();
    await stack.preview({ color: "never", onEvent: report.onEvent });
    assert.deepEqual(
      [...report.steps].map(([urn, op]) => `${op} ${urn.split("::")[3] ?? ""}`),
      ["create thing-1"],
    );
    assert.deepEqual(tracked(), before);
    assert.deepEqual(readdirSync(root), names);
  });

  it("refuses a stack that is not in the backend, and makes none", async () => {
    await assert.rejects(
      select("elsewhere"),
      /no stack "elsewhere" in file:.*stack init elsewhere/,
    );
    assert.doesNotMatch(byHand("stack", "ls"), /elsewhere/);
  });

  it("says of a backend that does not open why, in a line", async () => {
    const workDir = join(root, "scratch");
    const environment = { ...variables(), PULUMI_BACKEND_URL: "nonsense://bucket" };
    await assert.rejects(
      selectDeployed({ stack: "there", root, workDir, environment }),
      /^Error: nonsense:\/\/bucket does not open:\n {2}error: [^\n]+$/,
    );
  });

  it("refuses a stack without a file, and an environment without a backend", async () => {
    await assert.rejects(select("nowhere"), /there is no Pulumi\.nowhere\.yaml/);
    const workDir = join(root, "scratch");
    const environment = { ...variables(), PULUMI_BACKEND_URL: "" };
    await assert.rejects(
      selectDeployed({ stack: "there", root, workDir, environment }),
      /PULUMI_BACKEND_URL is not set/,
    );
  });
});
