import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import { afterEach, before, beforeEach, describe, it } from "mocha";
import { RunReport } from "../../local/engine/report.ts";
import { AwsProvider } from "../../local/providers/aws/provider.ts";
import type { NodeGroupSpec } from "../../local/providers/aws/backends.ts";
import { serveProvider, type ServedProvider } from "../../local/providers/rpc.ts";
import { stackFile } from "../infra/support/program.ts";
import { objectOf } from "../../local/providers/aws/records.ts";
import { fakeBackends } from "../local/providers/fake-backends.ts";
import { changesOf, needsTools } from "./support.ts";

const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
type Config = Readonly<Record<string, unknown>>;

/** Node groups by the real engine on the embedded AWS; nodes are numbers here, each set as AWS would. */
describe("node groups, by the real engine", function () {
  this.timeout(300_000);
  let folder = "";
  let aws: AwsProvider;
  let served: ServedProvider;
  let stack: Stack;
  /** Nodes by group, each time that a number was set. */
  let sizes: Map<string, number[]>;
  let deleted: string[];

  before(function () {
    needsTools(this);
  });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "securevpn-node-groups-"));
    sizes = new Map();
    deleted = [];
    const nodeGroup = {
      apply: ({ name, desiredSize }: NodeGroupSpec) => {
        const group = shortName(name);
        sizes.set(group, [...(sizes.get(group) ?? []), desiredSize]);
        return Promise.resolve();
      },
      delete: (_cluster: string, name: string) => Promise.resolve(void deleted.push(name)),
      has: () => true,
    };
    aws = new AwsProvider(folder, fakeBackends({ nodeGroup }));
    served = await serveProvider(aws);
    stack = await open();
  });
  afterEach(async () => {
    await served.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The group's name without the digits that the provider adds. */
  const shortName = (name: string): string =>
    name.replace(/^nodes-/, "").replace(/-[0-9a-f]{7}$/, "");

  async function open(): Promise<Stack> {
    for (const name of ["project", "backend", "home"]) mkdirSync(join(folder, name));
    const workDir = join(folder, "project");
    const main = join(import.meta.dirname, "node-groups", "index.ts");
    writeFileSync(
      join(workDir, "Pulumi.yaml"),
      JSON.stringify({
        name: "securevpn",
        main,
        runtime: { name: "nodejs", options: { typescript: false } },
      }),
    );
    const workspace = await LocalWorkspace.create({
      workDir,
      pulumiHome: join(folder, "home"),
      envVars: {
        PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "1",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
        PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "1",
        PULUMI_DEBUG_PROVIDERS: `aws:${served.port}`,
        PATH: process.env["PATH"] ?? "",
      },
    });
    return Stack.createOrSelect("prod", workspace);
  }

  async function configure(changes: Config): Promise<void> {
    const config = { ...stackFile("prod"), ...changes };
    const texts = Object.entries(config)
      .filter(([key]) => !key.startsWith("pulumi:"))
      .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]);
    await stack.setAllConfig(
      Object.fromEntries(texts.map(([key, value]) => [key, { value: value ?? "" }])),
    );
  }

  /** `pulumi up` as an operator types it: without a refresh. Answers what it changed. */
  async function up(changes: Config = {}): Promise<string[]> {
    await configure(changes);
    const report = new RunReport();
    await stack.up({ color: "never", onEvent: report.onEvent });
    return changesOf(report);
  }

  const groups = () => aws.list().filter(({ type }) => type === NODE_GROUP);
  const sizeOf = (group: string): number => sizes.get(group)?.at(-1) ?? 0;
  const endpoints = () => [...sizes.keys()].filter((group) => group.startsWith("endpoint-"));

  it("an up with other bounds and labels ends none of the nodes that the autoscaler added", async () => {
    await up();
    for (const { id } of groups())
      await aws.scale(id, sizeOf(shortName(id.split(":")[1] ?? "")) + 4);
    const before = new Map([...sizes].map(([group, list]) => [group, list.at(-1) ?? 0]));
    assert.equal(before.size, 6);

    const changes = await up({
      "securevpn:systemNodes": 12,
      "securevpn:endpointNodesPerZone": 7,
      "test:label": "more",
    });
    const updates = changes.filter((change) => change.includes(NODE_GROUP));
    assert.equal(updates.length, before.size, "labels reach every group in place");
    assert.deepEqual(new Map([...sizes].map(([group, list]) => [group, list.at(-1) ?? 0])), before);
    for (const { inputs } of groups()) assert.equal(objectOf(inputs["labels"])["label"], "more");
  });

  it("an owner's new name in the template rolls no endpoint group", async () => {
    await up();
    const versions = () =>
      groups()
        .filter(({ id }) => id.includes("endpoint"))
        .map(({ inputs }) => objectOf(inputs["launchTemplate"])["version"]);
    const before = versions();
    const changes = await up({ "securevpn:owner": "night-shift" });
    assert.ok(changes.some((change) => change.startsWith(`update ${TEMPLATE} nodes-endpoint`)));
    assert.deepEqual(versions(), before);
    assert.deepEqual(before, ["1", "1", "1"]);
  });

  it("a change that matters takes no endpoint group away before an operator says so", async () => {
    const CHANGE = { "securevpn:endpointInstanceType": "c7gn.xlarge" };
    await up();
    const old = endpoints();
    const [generation = ""] = /[0-9a-f]{7}$/.exec(old[0] ?? "") ?? [];
    await configure(CHANGE);
    await assert.rejects(stack.preview({ color: "never" }), /nodes-endpoint-\d-.*protect/s);

    const beside = { ...CHANGE, "securevpn:endpointVersions": [`1.36-${generation}`, "1.36"] };
    const made = await up(beside);
    assert.deepEqual(
      made.filter((change) => !change.startsWith("create ")),
      [],
    );
    assert.equal(endpoints().length, 2 * old.length);
    await up({ ...beside, "securevpn:owner": "night-shift" });
    const ofOld = groups().filter(({ id }) => id.includes(generation));
    assert.equal(ofOld.length, old.length);
    for (const { inputs } of ofOld) {
      assert.deepEqual(inputs["instanceTypes"], ["c6gn.xlarge"]);
      assert.equal(objectOf(inputs["launchTemplate"])["version"], "1");
    }

    for (const { urn } of ofOld) await cli("state", "unprotect", "--stack", "prod", urn, "--yes");
    assert.equal(deleted.length, 0);
    await up({ ...beside, "securevpn:endpointVersions": ["1.36"] });
    assert.deepEqual(deleted.map(shortName).sort(), old.sort());
  });

  async function cli(...args: string[]): Promise<void> {
    const { workspace } = stack;
    const env = { ...process.env, ...workspace.envVars };
    await promisify(execFile)("pulumi", args, { cwd: workspace.workDir, env });
  }
});
