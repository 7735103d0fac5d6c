import assert from "node:assert/strict";
import type {
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { describe, it } from "mocha";
import { policiesOf } from "../../../policies/lib/pack.ts";
import { isSet } from "../../../policies/lib/planned.ts";
import { unless, type Rule } from "../../../policies/lib/rule.ts";
import { RULES } from "../../../policies/rules.ts";
import { asEngineGives, ENGINE_UNKNOWN, TODAY } from "../support.ts";

const URN = "urn:pulumi:prod::securevpn::test:index:Thing::";
const OPTIONS = {
  protect: false,
  ignoreChanges: [],
  aliases: [],
  customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
  additionalSecretOutputs: [],
};

const POLICY_CONFIG = {
  stackTags: new Map<string, string>(),
  getConfig: <T>() => Object.create(null) as T,
  notApplicable: (): never => {
    throw new Error("not applicable");
  },
};

function argsOf(name: string, props: Record<string, unknown>): ResourceValidationArgs {
  return {
    type: "test:index:Thing",
    name,
    urn: `${URN}${name}`,
    props: asEngineGives(props),
    opts: OPTIONS,
    ...POLICY_CONFIG,
    isType: () => false,
    asType: () => undefined,
  };
}

function planned(name: string, dependencies: readonly PolicyResource[] = []): PolicyResource {
  const { type, urn, opts } = argsOf(name, {});
  return {
    type,
    name,
    urn,
    opts,
    isType: () => false,
    asType: () => undefined,
    // What the engine knows of a Kubernetes resource whose cluster is yet to be made.
    props: {},
    dependencies: [...dependencies],
    propertyDependencies: { key: [...dependencies] },
  };
}

const first: Rule = {
  id: "T01",
  name: "t01-key",
  level: "mandatory",
  description: "A thing has a key",
  source: "OWN",
  resource: {
    types: ["test:index:Thing"],
    check: ({ props }) => unless([isSet(props, "key"), "key must be set"]),
  },
};
const whole: Rule = {
  id: "T02",
  name: "t02-relations",
  level: "advisory",
  description: "Things hang together",
  source: "OWN",
  stack: ({ stack, resources }) =>
    resources.map(({ urn, props, relations }) => ({
      urn,
      message: `${stack} ${Object.keys(props).join("+")} <- ${relations("key")
        .map(({ name }) => name)
        .join("+")}`,
    })),
};

type Both = ResourceValidationPolicy & StackValidationPolicy;
const said = (): { report: (message: string, urn?: string) => void; list: string[] } => {
  const list: string[] = [];
  return { list, report: (message, urn) => void list.push(`${message} @${urn ?? ""}`) };
};

/** What the engine does: every policy about one resource, then about the stack. */
function analyse(
  policy: object | undefined,
  args: ResourceValidationArgs,
  report: (m: string) => void,
): void {
  const validate: unknown = policy && Reflect.get(policy, "validateResource");
  if (typeof validate === "function") void validate(args, report);
}

describe("the pack", () => {
  it("reports a violation with its resource, and nothing for an unknown value that is a relation", () => {
    const [policy] = policiesOf([first], TODAY);
    const { report, list } = said();
    analyse(policy, argsOf("a", {}), report);
    analyse(policy, argsOf("b", { key: ENGINE_UNKNOWN }), report);
    assert.deepEqual(list, [`key must be set @${URN}a`]);
  });

  it("shows a stack policy the inputs of this run, with their relations", () => {
    const policies = policiesOf([first, whole], TODAY);
    for (const args of [argsOf("a", { size: 1 }), argsOf("b", { key: ENGINE_UNKNOWN })])
      for (const policy of policies) analyse(policy, args, () => {});
    const { report, list } = said();
    const a = planned("a");
    const stack = { resources: [a, planned("b", [a]), planned("gone")] };
    void (policies[1] as Both).validateStack({ ...stack, ...POLICY_CONFIG }, report);
    assert.deepEqual(list, [`prod size <-  @${URN}a`, `prod key <- a @${URN}b`]);
  });

  it("fills its ledger even when the first rule is about the stack alone", () => {
    const [policy] = policiesOf([whole], TODAY);
    assert.ok("validateResource" in (policy ?? {}) && "validateStack" in (policy ?? {}));
  });

  it("sees the second plan of one run anew", () => {
    const policies = policiesOf([whole], TODAY);
    analyse(policies[0], argsOf("a", { size: 1 }), () => {});
    analyse(policies[0], argsOf("a", { colour: 1 }), () => {});
    const { report, list } = said();
    void (policies[0] as Both).validateStack(
      { resources: [planned("a")], ...POLICY_CONFIG },
      report,
    );
    assert.deepEqual(list, [`prod colour <-  @${URN}a`]);
  });

  it("names every policy for the engine, with its level, id and source", () => {
    const policies = policiesOf(RULES, TODAY);
    assert.equal(policies.length, RULES.length);
    for (const [index, policy] of policies.entries()) {
      const rule = RULES[index];
      assert.equal(policy.name, rule?.name);
      assert.equal(policy.enforcementLevel, rule?.level);
      assert.ok(policy.description.startsWith(`${rule?.id}: `));
    }
  });
});
