import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { RULES } from "../../policies/rules.ts";
import { findingsOf, unknown, type Fixture } from "./support.ts";

/** The policy table: A01 to A41, K01 to K19, C01 and C02, O01 and O02. */
const IDS = [
  ...Array.from({ length: 41 }, (_, index) => `A${String(index + 1).padStart(2, "0")}`),
  ...Array.from({ length: 19 }, (_, index) => `K${String(index + 1).padStart(2, "0")}`),
  "C01",
  "C02",
  "O01",
  "O02",
];
const ADVISORY = ["A12", "A26", "A32", "A33", "C02"];

describe("the policy table", () => {
  it("has every policy, and none that is not in it", () => {
    assert.deepEqual([...new Set(RULES.map(({ id }) => id))].sort(), IDS.sort());
  });

  it("names each policy once, by its id", () => {
    const names = RULES.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const { id, name } of RULES)
      assert.match(name, new RegExp(`^${id.toLowerCase()}-[a-z0-9-]+$`));
  });

  it("says what holds and whose control it is", () => {
    for (const { description, source, resource, stack } of RULES) {
      assert.match(description, /^[A-Z].{15,}[^.]$/);
      assert.ok(source.length > 2);
      assert.ok(resource !== undefined || stack !== undefined);
    }
  });

  it("makes everything mandatory but what it names advisory", () => {
    const advisory = RULES.filter(({ level }) => level === "advisory").map(({ name }) => name);
    assert.deepEqual(
      advisory.filter((name) => !ADVISORY.includes(name.slice(0, 3).toUpperCase())),
      [],
    );
  });

  it("throws at nothing, however little is known of a resource", () => {
    const types = new Set(RULES.flatMap(({ resource }) => resource?.types ?? []));
    const keys = [
      "policy",
      "assumeRolePolicy",
      "ingress",
      "vpcConfig",
      "metadata",
      "spec",
      "rules",
    ];
    for (const type of types) {
      const known: Fixture = {
        type,
        name: "x",
        props: Object.fromEntries(keys.map((k) => [k, ""])),
      };
      for (const fixture of [known, unknown(known), { type, name: "x", props: {} }])
        for (const rule of RULES) assert.doesNotThrow(() => findingsOf(rule, [fixture]));
    }
  });

  it("lets nothing pass that is wholly unknown, where it judges single values", () => {
    const literal = RULES.filter(
      ({ level, resource }) => level === "mandatory" && resource !== undefined,
    );
    const silent = literal.filter((rule) => {
      const [type = ""] = rule.resource?.types ?? [];
      return findingsOf(rule, [{ type, name: "x", props: {} }]).length === 0;
    });
    // An empty one of these complies: there is nothing in it that could be wrong.
    assert.deepEqual(
      silent.map(({ id }) => id),
      ["A21", "A22", "K04", "K11", "K12"],
    );
  });
});
