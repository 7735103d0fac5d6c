import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { commandRights } from "./deployer/commands.ts";
import { FORBIDDEN } from "./deployer/forbidden.ts";
import { isAllowed, isNoticed, refused, say, type Policy } from "./deployer/judge.ts";
import { mutantsOf } from "./deployer/mutants.ts";
import { ACCOUNT, PLANNED, ZONE_ID } from "./deployer/planned.ts";
import { plannedRights, READS_STATE, rowOf, TYPES, unique } from "./deployer/table.ts";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const policyOf = (role: string): Policy =>
  JSON.parse(
    read(`docs/aws/${role}-policy.json`)
      .replaceAll("ZONE_ID", ZONE_ID)
      .replaceAll("ACCOUNT", ACCOUNT),
  ) as Policy;

/** Type tokens of all AWS resources that the program's text can make. */
function typesOfProgram(): string[] {
  const source = globSync("infra/**/*.ts", { cwd: ROOT }).map(read).join("\n");
  return [...source.matchAll(/new aws\.(\w+)\.(\w+)\(/g)].map(([, module = "", name = ""]) => {
    const file = name.charAt(0).toLowerCase() + name.slice(1);
    return `aws:${module}/${file}:${name}`;
  });
}

describe("the deployer's policy", () => {
  const deployer = policyOf("deployer");
  const needed = unique([...plannedRights(), ...commandRights()]);

  it("is judged by a row for every AWS type that is planned or that the program can make", () => {
    const types = new Set([...PLANNED.map(({ type }) => type), ...typesOfProgram()]);
    assert.deepEqual(
      [...types].filter((type) => rowOf(type) === undefined),
      [],
      "a new type needs a row in test/deployer (docs/aws/README.md)",
    );
    assert.deepEqual(
      TYPES.filter((type) => !types.has(type)),
      [],
      "a row for a type that is no more",
    );
  });

  it("gives every action of the plan, of the state and of the runbooks, on the ARNs they have", async () => {
    assert.ok(needed.length > 500, String(needed.length));
    assert.deepEqual((await refused(deployer, needed)).map(say), []);
  });

  for (const forbidden of FORBIDDEN) {
    it(`does not let it ${forbidden.why}`, async () => {
      assert.equal(await isAllowed(deployer, forbidden), false, say(forbidden));
    });
  }

  it("gives nothing that no row needs: without any one action, ARN or value a row fails", async () => {
    const mutants = mutantsOf(deployer);
    assert.ok(mutants.length > 150, String(mutants.length));
    const survivors: string[] = [];
    for (const { what, policy, concerns } of mutants) {
      const rows = { allowed: needed.filter(concerns), forbidden: FORBIDDEN.filter(concerns) };
      if (!(await isNoticed(policy, rows))) survivors.push(what);
    }
    assert.deepEqual(survivors, []);
  }).timeout(120_000);

  it("would show what is given for nothing", async () => {
    const [first, ...others] = deployer.Statement;
    assert.ok(first !== undefined);
    const wide = { ...first, Action: ["ec2:*", "lambda:*"] };
    const [lambda] = mutantsOf({ ...deployer, Statement: [wide, ...others] }).filter(
      ({ what }) => what === "WholeServices: lambda:*",
    );
    assert.ok(lambda !== undefined);
    const rows = { allowed: needed.filter(lambda.concerns), forbidden: FORBIDDEN };
    assert.equal(await isNoticed(lambda.policy, rows), false);
  });

  it("fits into one inline policy of a role", () => {
    assert.ok(JSON.stringify(JSON.parse(read("docs/aws/deployer-policy.json"))).length < 10_240);
  });
});

describe("the boundary of a region's roles", () => {
  const bounds = JSON.parse(
    read("docs/aws/region-roles-boundary.json").replaceAll("ACCOUNT", ACCOUNT),
  ) as Policy;

  it("leaves a role what its own policy gives: nodes, pods, logs", async () => {
    const roles = PLANNED.filter(({ type }) => type === "aws:iam/rolePolicy:RolePolicy");
    const given = roles.flatMap(({ inputs }) =>
      [...JSON.stringify(inputs["policy"]).matchAll(/"([a-z0-9]+:[A-Z]\w+)"/g)].map(
        ([, action = ""]) => action,
      ),
    );
    assert.ok(given.includes("ec2:DescribeInstances"));
    const denied = given.filter((action) => /^(?:iam|sts|account|organizations):/.test(action));
    assert.deepEqual(denied, []);
  });

  for (const { why, ...right } of [
    { why: "make a role", action: "iam:CreateRole", arn: `arn:aws:iam::${ACCOUNT}:role/x` },
    { why: "take another role", action: "sts:AssumeRole", arn: `arn:aws:iam::${ACCOUNT}:role/x` },
    ...READS_STATE.map((one) => ({ why: `read the state by ${one.action}`, ...one })),
  ]) {
    it(`does not let one ${why}, whatever the deployer gives it`, async () => {
      assert.equal(await isAllowed(bounds, right), false);
    });
  }
});

describe("the preview's policy", () => {
  const preview = policyOf("preview");

  it("reads and decrypts the state", async () => {
    assert.deepEqual((await refused(preview, READS_STATE)).map(say), []);
  });

  it("gives nothing else of what the deployer may", async () => {
    const reads = new Set(READS_STATE.map(say));
    const others = plannedRights().filter((right) => !reads.has(say(right)));
    const kept = await refused(preview, others);
    assert.deepEqual(others.filter((right) => !kept.includes(right)).map(say), []);
  });
});
