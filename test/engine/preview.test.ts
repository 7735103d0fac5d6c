import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { addressPlan } from "../../local/cloud/addresses.ts";
import { openCloud, type Cloud } from "../../local/cloud/cloud.ts";
import { withEstimate } from "../../local/engine/cost.ts";
import { EngineError, preview } from "../../local/engine/run.ts";
import { openStack } from "../../local/engine/workspace.ts";
import { ENGINE_SLOT, freshStateDir, needsTools } from "./support.ts";

describe("a preview of prod, by the real engine and without credentials", () => {
  let cloud: Cloud;
  let stateDir = "";

  before(async function () {
    needsTools(this);
    stateDir = freshStateDir();
    cloud = await openCloud({
      stateDir,
      addresses: addressPlan(Number(ENGINE_SLOT)),
      say: () => {},
      offline: true,
    });
    await cloud.serve();
  });

  after(async () => {
    if (stateDir === "") return;
    await cloud.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  const open = (config: Record<string, unknown>) =>
    openStack({
      engineDir: join(stateDir, "engine"),
      stack: "prod",
      environment: cloud.environment(),
      config,
    });

  it("gives as its output the cost that its policies judge", async () => {
    const stack = await open({});
    const { result, cost } = await withEstimate(stack, () => preview(stack));
    assert.ok(cost.cost !== undefined, cost.costError);
    const { currency, asOf, fixed, usage, perTier, unpriced } = cost.cost;
    const components = fixed.components.map(({ name, budget, monthly }) => ({
      name,
      budget,
      monthly,
    }));
    assert.deepEqual(result.outputs["cost"], {
      currency,
      asOf,
      fixed: { total: fixed.total, components },
      usage,
      perTier,
      unpriced,
    });
    assert.ok(fixed.total > 1_000);
    assert.deepEqual(unpriced, []);
  });

  it("plans every resource", async () => {
    const report = await preview(await open({}));
    assert.ok(report.resources.size > 200, `${report.resources.size} resources`);
    assert.equal(report.changes.create, report.resources.size);
  });

  it("of a program that throws says the error and its place, and that no policy ran", async () => {
    const program = join(stateDir, "throws.mjs");
    writeFileSync(
      program,
      'throw new TypeError("the zone has no name", { cause: { a: { b: [1, 2] } } });\n',
    );
    const stack = await open({});
    const settings = await stack.workspace.projectSettings();
    settings.main = program;
    await stack.workspace.saveProjectSettings(settings);
    await assert.rejects(preview(stack), (error: unknown) => {
      assert.ok(error instanceof EngineError);
      assert.match(error.message, /TypeError: the zone has no name\n/);
      assert.ok(error.message.split("\n").length < 6, error.message);
      const stackPolicies = error.report.policies([{ name: "c01-budget", level: "mandatory" }]);
      assert.equal(stackPolicies[0]?.ran, "no");
      return true;
    });
  });

  const faults: readonly {
    readonly what: string;
    readonly config: Record<string, unknown>;
    readonly says: RegExp;
  }[] = [
    {
      what: "an unknown config key",
      config: { "securevpn:nonsense": "x" },
      says: /securevpn:nonsense/,
    },
    {
      what: "a wrong region",
      config: { "aws:region": "mars-north-1" },
      says: /aws:region is "mars-north-1"/,
    },
    {
      what: "overlapping CIDRs",
      config: { "securevpn:vpcCidr": "10.32.0.0/16" },
      says: /securevpn:vpcCidr/,
    },
    { what: "a number out of range", config: { "securevpn:shards": 65 }, says: /securevpn:shards/ },
    {
      what: "sizes that cannot hold the target",
      config: { "securevpn:endpointNodesPerZone": 2 },
      says: /securevpn:endpointNodesPerZone is 2: it must be at least 5/,
    },
    {
      what: "a budget of zero",
      config: { "securevpn:budgetTransfer": 0 },
      says: /securevpn:budgetTransfer is 0/,
    },
  ];
  for (const { what, config, says } of faults) {
    it(`fails on ${what} before any resource, and names the key`, async () => {
      const stack = await open(config);
      await assert.rejects(preview(stack), (error: unknown) => {
        assert.ok(error instanceof EngineError);
        assert.match(error.message, says);
        const planned = [...error.report.resources.values()].filter(
          ({ type }) => type !== "pulumi:pulumi:Stack",
        );
        assert.deepEqual(planned, []);
        return true;
      });
    });
  }
});
