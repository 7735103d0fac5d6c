import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { balancerConfig } from "../../../local/providers/aws/balancer-config.ts";
import { MODELS } from "../../../local/providers/aws/catalogue.ts";
import { inputsOf } from "../../../local/providers/aws/model.ts";
import { AwsProvider } from "../../../local/providers/aws/provider.ts";
import { InitializationError } from "../../../local/providers/errors.ts";
import {
  Secret,
  UNKNOWN,
  type CallOptions,
  type Properties,
} from "../../../local/providers/provider.ts";
import { fakeBackends } from "./fake-backends.ts";

const VPC = "aws:ec2/vpc:Vpc";
const INSTANCE = "aws:rds/instance:Instance";
const ref = (type: string, name = "x") => ({
  urn: `urn:pulumi:dev::p::${type}::${name}`,
  type,
  name,
});
const configuration: Properties = {
  region: "eu-central-1",
  defaultTags: JSON.stringify({ tags: { owner: "team", Name: "default" } }),
};
const options = (preview = false): CallOptions => ({
  preview,
  configuration,
  signal: new AbortController().signal,
});

describe("the AWS provider", () => {
  let stateDir: string;
  let provider: AwsProvider;
  let databases: Map<string, string | undefined>;
  let failure: Error | undefined;

  function open(): AwsProvider {
    const backends = fakeBackends({
      database: {
        apply: (spec, password) => {
          databases.set(spec.identifier, password ?? databases.get(spec.identifier));
          return failure === undefined
            ? Promise.resolve({ address: `${spec.identifier}.internal`, port: 15432 })
            : Promise.reject(failure);
        },
        delete: (identifier) => Promise.resolve(void databases.delete(identifier)),
        has: (identifier) => databases.has(identifier),
      },
    });
    return new AwsProvider(stateDir, backends);
  }

  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), "aws-"));
    databases = new Map();
    failure = undefined;
    provider = open();
  });
  afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

  const instance = (more: Properties = {}): Properties => ({
    identifier: "shard-0",
    instanceClass: "db.t4g.micro",
    username: "owner",
    passwordWo: new Secret("hidden"),
    passwordWoVersion: 1,
    ...more,
  });

  it("names a property and a type that it does not know", async () => {
    const { failures } = await provider.check(
      ref(VPC),
      { cidrBlock: "10.0.0.0/16", nonsense: 1 },
      undefined,
    );
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["nonsense"],
    );
    assert.match(
      failures[0]?.reason ?? "",
      /does not model "nonsense" of aws:ec2\/vpc:Vpc.*cidrBlock/,
    );
    const other = await provider.check(ref("aws:athena/database:Database"), {}, undefined);
    assert.match(other.failures[0]?.reason ?? "", /has no aws:athena\/database:Database/);
  });

  it("generates a name once, from a prefix too, and none that AWS would refuse", async () => {
    const role = ref("aws:iam/role:Role", "nodes");
    const inputs = { assumeRolePolicy: "{}" };
    const first = (await provider.check(role, inputs, undefined)).inputs;
    assert.match(String(first["name"]), /^nodes-[0-9a-f]{7}$/);
    assert.equal((await provider.check(role, inputs, first)).inputs["name"], first["name"]);
    const prefixed = (await provider.check(role, { ...inputs, namePrefix: "team-" }, first)).inputs;
    assert.match(String(prefixed["name"]), /^team-[0-9a-f]{7}$/);
    const long = await provider.check(
      ref("aws:lb/loadBalancer:LoadBalancer"),
      { name: "n".repeat(33) },
      undefined,
    );
    assert.match(long.failures[0]?.reason ?? "", /33 characters; allowed: at most 32/);
  });

  it("makes a thing in the region that it names, and knows none of what is global", async () => {
    const key = await provider.create(ref("aws:kms/key:Key"), { region: "us-west-2" }, options());
    assert.match(String(key.outputs["arn"]), /^arn:aws:kms:us-west-2:/);
    const { failures } = await provider.check(
      ref("aws:cloudfront/function:Function"),
      { code: "", runtime: "cloudfront-js-2.0", region: "us-west-2" },
      undefined,
    );
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["region"],
    );
  });

  it("holds records of one name and type side by side when their identifiers differ", async () => {
    const record = ref("aws:route53/record:Record");
    const inputs = { zoneId: "Z", name: "api.test", type: "A" };
    const ids: string[] = [];
    for (const setIdentifier of ["us-east-1", "eu-central-1"])
      ids.push((await provider.create(record, { ...inputs, setIdentifier }, options())).id);
    assert.deepEqual(ids, ["Z_api.test_A_us-east-1", "Z_api.test_A_eu-central-1"]);
  });

  it("lays the tags of a resource over the default tags", async () => {
    const { outputs } = await provider.create(
      ref(VPC),
      { cidrBlock: "10.0.0.0/16", tags: { Name: "vpc" } },
      options(),
    );
    assert.deepEqual(outputs["tagsAll"], { owner: "team", Name: "vpc" });
  });

  it("makes nothing in a preview, and knows nothing that creation tells", async () => {
    const { outputs } = await provider.create(ref(INSTANCE), instance(), options(true));
    for (const key of ["arn", "address", "port"]) assert.equal(outputs[key], UNKNOWN, key);
    assert.equal(outputs["identifier"], "shard-0");
    assert.equal(databases.size, 0);
    assert.deepEqual(provider.list(), []);
  });

  it("uses a write-only password and forgets it", async () => {
    const { id, outputs } = await provider.create(ref(INSTANCE), instance(), options());
    assert.equal(databases.get("shard-0"), "hidden");
    assert.equal(outputs["passwordWo"], undefined);
    assert.ok(!JSON.stringify(provider.list()).includes("hidden"));
    const unchanged = await provider.diff(
      ref(INSTANCE),
      id,
      instance(),
      outputs,
      instance({ passwordWo: new Secret("another") }),
      configuration,
    );
    assert.deepEqual(unchanged.changes, []);
    await provider.update(
      ref(INSTANCE),
      id,
      instance(),
      outputs,
      instance({ passwordWo: new Secret("another"), passwordWoVersion: 2 }),
      options(),
    );
    assert.equal(databases.get("shard-0"), "another");
  });

  it("gives secrets back as secrets", async () => {
    const { outputs } = await provider.create(
      ref("aws:secretsmanager/secretVersion:SecretVersion"),
      { secretId: "s", secretString: new Secret("v") },
      options(),
    );
    assert.deepEqual(outputs["secretString"], new Secret("v"));
  });

  it("takes over what an interrupted create of the same resource made", async () => {
    const first = await provider.create(ref(INSTANCE), instance(), options());
    provider = open(); // killed before the engine heard of it
    const again = await provider.create(
      ref(INSTANCE),
      instance({ allocatedStorage: 30 }),
      options(),
    );
    assert.equal(again.id, first.id);
    assert.equal(again.outputs["allocatedStorage"], 30);
    assert.equal(provider.list().length, 1);
  });

  it("makes a second one when the engine replaces a resource that it knows", async () => {
    const first = await provider.create(ref(VPC), { cidrBlock: "10.0.0.0/16" }, options());
    const diff = await provider.diff(
      ref(VPC),
      first.id,
      { cidrBlock: "10.0.0.0/16" },
      first.outputs,
      { cidrBlock: "10.1.0.0/16" },
      configuration,
    );
    assert.deepEqual(diff.replaces, ["cidrBlock"]);
    const second = await provider.create(ref(VPC), { cidrBlock: "10.1.0.0/16" }, options());
    assert.notEqual(second.id, first.id);
    await provider.delete(ref(VPC), first.id);
    assert.deepEqual(
      provider.list().map(({ id }) => id),
      [second.id],
    );
  });

  it("keeps what a failed create began, tells the engine, and repairs it in an update", async () => {
    failure = new Error("no disk");
    const error: unknown = await provider
      .create(ref(INSTANCE), instance(), options())
      .catch((reason: unknown) => reason);
    assert.ok(error instanceof InitializationError);
    assert.deepEqual(error.reasons, ["no disk"]);
    failure = undefined;
    const outputs = await provider.update(
      ref(INSTANCE),
      error.id,
      instance(),
      error.outputs,
      instance(),
      options(),
    );
    assert.equal(outputs["address"], "shard-0.internal");
    assert.equal(databases.get("shard-0"), "hidden");
  });

  it("refuses a second thing of the same name, and names its owner", async () => {
    await provider.create(ref(INSTANCE), instance(), options());
    await assert.rejects(
      provider.create(ref(INSTANCE, "other"), instance(), options()),
      /::x already has this name/,
    );
  });

  it("reads drift: what was changed, and what is gone", async () => {
    const { id } = await provider.create(ref(INSTANCE), instance(), options());
    provider.edit(INSTANCE, id, { multiAz: true });
    const found = await provider.read(ref(INSTANCE), id, instance());
    assert.equal(found?.outputs["multiAz"], true);
    assert.deepEqual(found?.inputs["passwordWo"], new Secret("hidden"));
    databases.delete("shard-0");
    assert.equal(await provider.read(ref(INSTANCE), id, instance()), null);
  });

  it("counts up the version of a launch template, unknown in a preview", async () => {
    const type = "aws:ec2/launchTemplate:LaunchTemplate";
    const olds = { name: "t", userData: "a" };
    const { id, outputs } = await provider.create(ref(type), olds, options());
    assert.equal(outputs["latestVersion"], 1);
    const news = { name: "t", userData: "b" };
    assert.equal(
      (await provider.update(ref(type), id, olds, outputs, news, options(true)))["latestVersion"],
      UNKNOWN,
    );
    assert.equal(
      (await provider.update(ref(type), id, olds, outputs, news, options()))["latestVersion"],
      2,
    );
  });

  it("says for every type which inputs it takes, each once", () => {
    for (const [type, model] of Object.entries(MODELS)) {
      const inputs = inputsOf(model);
      assert.equal(new Set(inputs).size, inputs.length, type);
      for (const key of [
        ...model.required,
        ...model.replaceOn.map((path) => path.split(".")[0] ?? ""),
      ])
        assert.ok(inputs.includes(key), `${type}: ${key}`);
    }
  });

  it("draws the balancer's configuration from listener, rules, groups and names", async () => {
    const make = async (type: string, inputs: Properties) =>
      (await provider.create(ref(type, JSON.stringify(inputs)), inputs, options())).outputs;
    const balancer = await make("aws:lb/loadBalancer:LoadBalancer", {
      name: "entry",
      idleTimeout: 30,
    });
    assert.equal(balancerConfig(provider.list()), undefined);
    const fixed = {
      type: "fixed-response",
      fixedResponse: { statusCode: "404", contentType: "text/plain", messageBody: "none" },
    };
    const listener = await make("aws:lb/listener:Listener", {
      loadBalancerArn: balancer["arn"] ?? "",
      protocol: "HTTPS",
      port: 443,
      defaultActions: [fixed],
    });
    const group = await make("aws:lb/targetGroup:TargetGroup", {
      name: "auth",
      port: 30080,
      deregistrationDelay: 20,
    });
    const actions = [{ type: "forward", targetGroupArn: String(group["arn"]) }];
    await make("aws:lb/listenerRule:ListenerRule", {
      listenerArn: listener["arn"] ?? "",
      priority: 5,
      conditions: [{ pathPattern: { values: ["/v1/*"] } }],
      actions,
    });
    const nodePort = () => balancerConfig(provider.list())?.rules[0]?.action;
    assert.deepEqual(
      nodePort(),
      { kind: "forward", nodePort: 0, deregistrationDelayMs: 20_000 },
      "no targets are attached",
    );
    await make("aws:autoscaling/attachment:Attachment", {
      autoscalingGroupName: "nodes",
      lbTargetGroupArn: group["arn"] ?? "",
    });
    await make("aws:route53/record:Record", {
      zoneId: "Z",
      name: "api.test",
      type: "A",
      aliases: [{ name: String(balancer["dnsName"]), zoneId: "Z", evaluateTargetHealth: true }],
    });
    assert.deepEqual(balancerConfig(provider.list()), {
      name: "entry",
      idleTimeoutMs: 30_000,
      desyncMitigation: "defensive",
      dropInvalidHeaders: false,
      names: ["api.test", String(balancer["dnsName"])],
      rules: [
        {
          priority: 5,
          paths: ["/v1/*"],
          action: { kind: "forward", nodePort: 30080, deregistrationDelayMs: 20_000 },
        },
      ],
      defaultAction: { kind: "fixed", status: 404, contentType: "text/plain", body: "none" },
    });
  });
});
