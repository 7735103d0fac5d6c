import assert from "node:assert/strict";
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { addressPlan } from "../../local/cloud/addresses.ts";
import { openCloud, type Cloud } from "../../local/cloud/cloud.ts";
import { EngineError, preview } from "../../local/engine/run.ts";
import { openStack, PROJECT_ROOT } from "../../local/engine/workspace.ts";
import { ENGINE_SLOT, freshStateDir, needsTools } from "./support.ts";

const LAST_ENTRY = /( {2}\{ name: "ap-southeast-1", .*\n)/;
const NEW_ENTRY = `  { name: "sa-east-1", block: 4, weight: 100 },\n`;

/** The bill's rows for the new region, as a person would read them from AWS: here another region's. */
function pricesOfNewRegion(table: string): string {
  const rows = table.split("\n").filter((row) => row.split(",")[2] === "eu-central-1");
  return rows.map((row) => row.replace(",eu-central-1,", ",sa-east-1,")).join("\n");
}

/** A copy of the project's program and policies; its packages are the project's own. */
function copyOfProject(): string {
  const copy = mkdtempSync(join(tmpdir(), "securevpn-project-"));
  for (const name of ["facts", "infra", "services", "policies", "package.json", "Pulumi.yaml"])
    cpSync(join(PROJECT_ROOT, name), join(copy, name), { recursive: true });
  cpSync(join(PROJECT_ROOT, "Pulumi.prod.yaml"), join(copy, "Pulumi.prod.yaml"));
  symlinkSync(join(PROJECT_ROOT, "node_modules"), join(copy, "node_modules"));
  return copy;
}

describe("a new region", function () {
  this.timeout(180_000);
  let cloud: Cloud;
  let stateDir = "";
  let project = "";

  before(async function () {
    needsTools(this);
    stateDir = freshStateDir();
    project = copyOfProject();
    const addresses = addressPlan(Number(ENGINE_SLOT));
    cloud = await openCloud({ stateDir, addresses, say: () => {}, offline: true });
    await cloud.serve();
  });

  after(async () => {
    if (stateDir === "") return;
    await cloud.stop();
    for (const folder of [stateDir, project]) rmSync(folder, { recursive: true, force: true });
  });

  const planOf = async (stack: string) => {
    const environment = cloud.environment();
    const engineDir = join(stateDir, "engine");
    return preview(await openStack({ engineDir, stack, environment, root: project }), project);
  };

  it("is one line of the catalogue and one stack file; without its prices, the bill is refused", async () => {
    const catalogue = join(project, "facts", "regions.ts");
    const before = readFileSync(catalogue, "utf8");
    const after = before.replace(LAST_ENTRY, `$1${NEW_ENTRY}`);
    assert.notEqual(after, before, "the catalogue's last entry has another form");
    writeFileSync(catalogue, after);
    const home = readFileSync(join(project, "Pulumi.prod.yaml"), "utf8");
    writeFileSync(join(project, "Pulumi.prod-sa-east-1.yaml"), home);

    await assert.rejects(planOf("prod-sa-east-1"), (error: unknown) => {
      assert.ok(error instanceof EngineError);
      assert.match(
        error.message,
        /the price ec2-linux-ondemand c6gn\.xlarge in sa-east-1 is missing/,
      );
      assert.doesNotMatch(error.message, /: [AK]\d\d: /);
      return true;
    });
    const prices = join(project, "policies", "cost", "prices.csv");
    appendFileSync(prices, `${pricesOfNewRegion(readFileSync(prices, "utf8"))}\n`);

    const report = await planOf("prod-sa-east-1");

    const resources = [...report.resources.values()];
    assert.ok(resources.length > 200, `${resources.length} resources`);
    assert.equal(report.changes.create, resources.length);
    assert.equal(report.outputs["region"], "sa-east-1");
    assert.equal(report.outputs["apiUrl"], "https://api.sa-east-1.securevpn.example");
  });

  it("takes its share of the subscribers from the others, without an edit of theirs", async () => {
    const report = await planOf("prod");
    assert.equal(report.outputs["region"], "us-east-1");
    const sizes = JSON.stringify(report.outputs["sizes"]);
    assert.match(sizes, /200,000 connections x 0\.25 = 50,000/);
  });
});
