import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { modelOf } from "../../../local/providers/aws/catalogue.ts";
import { diffInputs } from "../../../local/providers/aws/diff.ts";
import type { Properties } from "../../../local/providers/provider.ts";
import { normalAccessString } from "../../../local/providers/aws/written-back.ts";

/** Properties that differ at the next preview of a program that did not change. */
function changesOf(type: string, inputs: Properties): readonly string[] {
  const ref = { urn: `urn:pulumi:dev::p::${type}::x`, type, name: "x" };
  const model = modelOf(ref);
  const outputs = { tagsAll: {} };
  return diffInputs(ref, model, { inputs, outputs }, inputs, {}).changes ?? [];
}

describe("what AWS writes back", () => {
  const GROUP = "aws:rds/parameterGroup:ParameterGroup";
  const group = (family: string, ...parameters: Properties[]): Properties => ({
    name: "x",
    family,
    parameters,
  });
  const forced = { name: "rds.force_ssl", value: "1" };

  it("differs for ever for a parameter that equals RDS's own and is to be applied at once", () => {
    assert.deepEqual(changesOf(GROUP, group("postgres18", forced)), ["parameters"]);
    const immediate = { ...forced, applyMethod: "immediate" };
    assert.deepEqual(changesOf(GROUP, group("postgres18", immediate)), ["parameters"]);
    assert.deepEqual(
      changesOf(GROUP, group("postgres18", { ...forced, applyMethod: "pending-reboot" })),
      [],
    );
  });

  it("is what was asked for where RDS has another value, or none", () => {
    assert.deepEqual(changesOf(GROUP, group("postgres14", forced)), []);
    assert.deepEqual(changesOf(GROUP, group("postgres18", { ...forced, value: "0" })), []);
    assert.deepEqual(
      changesOf(GROUP, group("postgres18", { name: "log_statement", value: "none" })),
      [],
    );
  });

  const forms: readonly (readonly [string, string])[] = [
    ["off +get ~keys*", "off ~keys* -@all +get"],
    ["on allkeys allcommands", "on ~* +@all"],
    ["on ~* &* +@all -@dangerous", "on ~* &* -@all +@all -@dangerous"],
    ["on resetkeys resetchannels -@all +ping", "on -@all +ping"],
    ["~* -@all +@read", "off ~* -@all +@read"],
  ];
  for (const [asked, held] of forms) {
    it(`is "${held}" for the access string "${asked}"`, () => {
      assert.equal(normalAccessString(asked), held);
      assert.equal(normalAccessString(held), held);
      const user = { userId: "x", userName: "x", engine: "valkey", accessString: asked };
      assert.deepEqual(changesOf("aws:elasticache/user:User", user), ["accessString"]);
      const settled = { ...user, accessString: held };
      assert.deepEqual(changesOf("aws:elasticache/user:User", settled), []);
    });
  }
});
