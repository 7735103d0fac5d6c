import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { KUBERNETES_VERSION } from "../../infra/versions.ts";
import { stepsAgainstDependencies } from "./engine-steps.ts";
import { at } from "../infra/support/read.ts";
import { roomOfNodes } from "./node-room.ts";
import { ProdRegion, type ProgramOptions } from "./prod-region.ts";
import { ScratchRepository } from "./scratch-repository.ts";
import { inputsByUrn, nameOf, openState, secretTexts, writtenState } from "./stack-state.ts";
import { call, changesOf, needsTools } from "./support.ts";

const INSTANCE = "aws:rds/instance:Instance";
const MORE_REPLICAS = { "securevpn:replicasPerShard": 2 };
const MORE_SHARDS = { ...MORE_REPLICAS, "securevpn:shards": 3 };
const ROTATED = { ...MORE_SHARDS, "securevpn:secretsVersion": 2 };
const UNPROTECTED = { ...ROTATED, "securevpn:protect": false };
const CREDENTIALS = { email: "keeper@example.com", passphrase: "a passphrase that stays" };
/** A generated secret has at least so many characters; a port or a user name is no secret. */
const SECRET_LENGTH = 16;
/**
 * Requests of vpc-cni (50m), kube-proxy (100m), the CSI driver's node pods (30m, 120Mi) and Fluent Bit (50m,
 * 25Mi) as EKS ships them, and of its idle agent (20m, 64Mi).
 */
const ADDON_PODS = { millicores: 250, mebibytes: 209 };
/** A probe that a busy machine answered late makes a pod unready for a turn. */
const POD_PATIENCE_MS = 60_000;
const NAMESPACE = "securevpn";
const BUNDLE_CHANGES = [
  "replace kubernetes:core/v1:ConfigMap auth-bundle",
  "update kubernetes:apps/v1:Deployment auth",
];

/** One story on one region, told in order: each step is a change that an operator makes. */
describe("the life of prod on the embedded cloud, by the real engine", function () {
  this.timeout(900_000); // a machine that others use too takes its time
  let prod: ProdRegion;
  let beforeRelease: Record<string, unknown> = {};
  /** Root of the program of the newer Kubernetes version. */
  let upgraded = "";
  const copies: ScratchRepository[] = [];

  const copyOfProgram = (): ScratchRepository => {
    const copy = new ScratchRepository();
    copies.push(copy);
    return copy;
  };
  const changes = async (options: ProgramOptions): Promise<string[]> =>
    changesOf((await prod.up(options)).report);

  const stateOf = async (config: Readonly<Record<string, unknown>>) =>
    inputsByUrn(await openState(await prod.stack({ config })));

  /** Passwords that a rotation makes anew, by name. */
  const passwordsOf = async (config: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      (await openState(await prod.stack({ config })))
        .filter(({ urn }) => /RandomPassword::secrets-/.test(urn))
        .map(({ urn, outputs }) => [nameOf(urn), secretTexts(outputs).join()]),
    );

  before(async function () {
    needsTools(this);
    prod = await ProdRegion.open();
  });

  after(async () => {
    for (const copy of copies) copy.remove();
    await prod?.close();
  });

  it("a preview plans what up then makes, and no policy stops it", async () => {
    const planned = await prod.preview();
    const made = await prod.up({ policies: true });
    assert.deepEqual([...made.report.steps.keys()].sort(), [...planned.steps.keys()].sort());
    assert.equal(made.report.changes.create, planned.changes.create);
  });

  it("every pod is scheduled on nodes of the planned sizes, and stands ready", async () => {
    const pods = await prod.pods();
    const running = pods.filter(({ pretended }) => !pretended);
    process.stdout.write(`      ${pods.length} pods scheduled, ${running.length} with processes\n`);
    assert.deepEqual(await prod.waitingPods(POD_PATIENCE_MS), []);
    assert.ok(running.length > 0 && running.length < pods.length);
    assert.ok(prod.said.some((line) => line.includes("SECUREVPN_PROCESS_CAP")));
  });

  it("every node has room left for the pods of the EKS add-ons, which are not there", async () => {
    const rooms = await roomOfNodes(prod.client);
    const { millicores, mebibytes } = ADDON_PODS;
    const full = rooms.filter((room) => room.millicores < millicores || room.mebibytes < mebibytes);
    assert.ok(rooms.length > 0);
    assert.deepEqual(full, []);
  });

  it("a second up changes nothing", async () => assert.deepEqual(await changes({}), []));

  it("a refresh finds the cloud as the program asked for it, and nothing is left to change", async () => {
    assert.deepEqual(changesOf(await prod.refresh()), []);
    assert.deepEqual(changesOf(await prod.preview()), []);
  });

  it("the state holds no secret in plain, and the export with secrets does", async () => {
    const open = await openState(await prod.stack());
    const generated = open.filter(({ type }) => /^random:.*(Password|Bytes)$/.test(type));
    const secrets = [...new Set(generated.flatMap(({ outputs }) => secretTexts(outputs)))];
    const long = secrets.filter((text) => text.length >= SECRET_LENGTH);
    assert.ok(long.length >= generated.length, `${long.length} secrets of ${generated.length}`);
    const written = writtenState(prod.region.engineDir);
    assert.ok(written.includes(NAMESPACE));
    for (const secret of long) {
      // Also as a Kubernetes Secret would hold it.
      const forms = [secret, Buffer.from(secret).toString("base64")];
      assert.ok(!forms.some((form) => written.includes(form)), "a secret stands in the state");
    }
  });

  it("one more replica makes one in every shard, and touches no other database", async () => {
    const made = await changes({ config: MORE_REPLICAS });
    const outside = made.filter((change) => !change.includes(" kubernetes:"));
    // Each comes with its alarms.
    const foreign = outside.filter((change) => !/^create .*shard-\d-replica-1\b/.test(change));
    assert.deepEqual(foreign, []);
    assert.deepEqual(
      outside.filter((change) => change.includes(INSTANCE)),
      [`create ${INSTANCE} shard-0-replica-1`, `create ${INSTANCE} shard-1-replica-1`],
    );
    assert.ok(made.includes("update kubernetes:apps/v1:Deployment auth"), made.join("\n"));
  });

  it("one more shard is made with its own replicas and secrets, and touches no other shard", async () => {
    const made = await changes({ config: MORE_SHARDS });
    const outside = made.filter((change) => !change.includes(" kubernetes:"));
    const foreign = outside.filter(
      (change) => !change.startsWith("create ") || !change.includes("shard-2"),
    );
    assert.deepEqual(foreign, []);
    const instances = outside.filter((change) => change.includes(INSTANCE));
    assert.equal(instances.length, 3);
    const map = await prod.regionMap();
    assert.deepEqual(
      map.shardMap.ranges.map(({ shard }) => shard),
      ["shard-0", "shard-1", "shard-2"],
    );
    assert.equal(map.shards.length, 3);
  });

  it("a rotation on prod, with protection on, replaces every password and nothing else", async () => {
    const before = await passwordsOf(MORE_SHARDS);
    const made = await changes({ config: ROTATED });
    const replaced = made.filter((change) => change.startsWith("replace "));
    const foreign = replaced.filter(
      (change) => !/^replace (random:.*RandomPassword|.*SecretVersion) secrets-/.test(change),
    );
    assert.deepEqual(foreign, []);
    const after = await passwordsOf(ROTATED);
    assert.deepEqual(Object.keys(after).sort(), Object.keys(before).sort());
    assert.ok(Object.keys(after).length > 0);
    for (const [name, password] of Object.entries(after))
      assert.notEqual(password, before[name], name);
  });

  it("after the rotation services reach database and cache by the new passwords", async () => {
    assert.deepEqual(await prod.waitingPods(POD_PATIENCE_MS), []);
    for (const path of ["/v1/accounts", "/v1/sessions"]) {
      const answer = await call(prod.region, "POST", path, CREDENTIALS);
      assert.equal(answer?.status, 201, `${path}: ${JSON.stringify(answer)}`);
    }
  });

  it("a new bundle comes first, the service rolls without losing a pod, and the old bundle goes", async () => {
    const config = ROTATED;
    beforeRelease = await stateOf(config);
    const copy = copyOfProgram();
    copy.edit("services/auth/main.ts", (text) => `${text}\nexport const release = "next";\n`);
    const watch = prod.watchAvailable(NAMESPACE, "auth");
    const run = await prod.up({ config, root: copy.root });
    const { least, wanted } = await watch.end();
    assert.deepEqual(changesOf(run.report), BUNDLE_CHANGES);
    const bundle = run.urnOf("auth-bundle");
    const order = [
      run.indexOf("done", "create-replacement", bundle),
      run.indexOf("begun", "update", run.urnOf("auth")),
      run.indexOf("done", "update", run.urnOf("auth")),
      run.indexOf("begun", "delete-replaced", bundle),
    ];
    assert.ok(!order.includes(-1), String(order));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
    assert.ok(least >= wanted, `${least} of ${wanted} pods were available in the roll`);
    assert.equal((await prod.configMaps(NAMESPACE, "auth-bundle-")).length, 1);
  });

  it("a rollback to the program before it ends with the state before it", async () => {
    const rolledBack = await changes({ config: ROTATED });
    assert.deepEqual(rolledBack, BUNDLE_CHANGES);
    assert.deepEqual(await stateOf(ROTATED), beforeRelease);
    assert.equal((await prod.configMaps(NAMESPACE, "auth-bundle-")).length, 1);
  });

  it("a security group changed by hand is seen by refresh and repaired by up", async () => {
    const config = ROTATED;
    const type = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    const rule = prod.region.cloud.aws
      .list()
      .find((record) => record.type === type && record.inputs["cidrIpv4"] === undefined);
    assert.ok(rule);
    prod.region.cloud.aws.edit(type, rule.id, { cidrIpv4: "0.0.0.0/0" });
    const drift = [`update ${type} ${nameOf(rule.urn)}`];
    assert.deepEqual(changesOf(await prod.refresh({ config })), drift);
    assert.deepEqual(await changes({ config }), drift);
  });

  // The embedded control plane runs on in the version that it has: the new one is a record here.
  it("a new Kubernetes version is planned and applied to cluster and system nodes, and cuts no tunnel", async () => {
    const config = ROTATED;
    const [major, minor] = KUBERNETES_VERSION.split(".").map(Number);
    const next = `${major}.${(minor ?? 0) + 1}`;
    const copy = copyOfProgram();
    // What docs/upgrade-kubernetes.md says: the minor with an image release, and the end of its support.
    const beside = (line: string) => (text: string) =>
      text.replace(`  "${KUBERNETES_VERSION}": "`, `  "${next}": "${line}",\n$&`);
    copy.edit("facts/kubernetes-support.ts", beside("2099-12-31"));
    copy.edit("infra/versions.ts", beside(`${next}.0-20990101`));
    copy.edit("infra/versions.ts", (text) =>
      text.replace(
        `KUBERNETES_VERSION = "${KUBERNETES_VERSION}"`,
        `KUBERNETES_VERSION = "${next}"`,
      ),
    );
    upgraded = copy.root;
    const options = { config, root: upgraded };
    const planned = changesOf(await prod.preview(options));
    const made = await changes(options);
    assert.deepEqual(made, planned);
    assert.ok(made.includes("update aws:eks/cluster:Cluster cluster"));
    for (const zone of [0, 1, 2])
      assert.ok(made.includes(`update aws:eks/nodeGroup:NodeGroup nodes-system-${zone}`));
    const others = made.filter(
      (change) => !change.includes(" aws:eks/") || /endpoint/.test(change),
    );
    assert.deepEqual(others, []);
    assert.deepEqual(await prod.waitingPods(POD_PATIENCE_MS), []);
  });

  it("destroy is refused and names what is protected", async () => {
    const config = ROTATED;
    const stack = await prod.stack({ config });
    const state = await openState(stack);
    const locked = state.filter(({ protect }) => protect === true);
    assert.ok(locked.length >= 3);
    await assert.rejects(prod.destroyByHand(), (error: unknown) => {
      const said = `${String(at(error, "stdout"))}\n${String(at(error, "stderr"))}`;
      assert.match(said, /protect/);
      for (const { urn } of locked) assert.ok(said.includes(nameOf(urn)), `${urn}:\n${said}`);
      return true;
    });
    assert.deepEqual(inputsByUrn(await openState(stack)), inputsByUrn(state));
  });

  it("with protection lifted, destroy ends clean and in the order of dependencies", async () => {
    const config = UNPROTECTED;
    const lifted = changesOf((await prod.up({ config, root: upgraded })).report);
    assert.deepEqual(
      lifted.filter((change) => !change.startsWith("update ")),
      [],
    );
    const state = await openState(await prod.stack({ config }));
    const run = await prod.destroy({ config });
    assert.deepEqual(stepsAgainstDependencies(run, state), []);
    assert.deepEqual(prod.region.cloud.aws.list(), []);
    const parts = prod.region.cloud.context.parts.list().filter(({ kind }) => kind !== "network");
    assert.deepEqual(parts, []);
  });
});
