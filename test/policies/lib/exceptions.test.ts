import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { EXCEPTIONS, withoutException, type Exception } from "../../../policies/lib/exceptions.ts";
import { RULES } from "../../../policies/rules.ts";
import { TODAY } from "../support.ts";

const EXCEPTION: Exception = {
  policy: "A08",
  stack: "local",
  types: ["aws:rds/instance:Instance"],
  finding: "multiAz must",
  reason: "one machine",
  decided: "2026-11-24",
  until: "2027-11-24",
};
const INSTANCE = {
  urn: "urn:pulumi:local::securevpn::aws:rds/instance:Instance::shard-0",
  type: "aws:rds/instance:Instance",
  name: "shard-0",
};
const FINDING = { message: "multiAz must be true", urn: INSTANCE.urn };
const RULE = { id: "A08" };
const judged = (
  change: Partial<Exception>,
  { resource = INSTANCE, finding = FINDING, today = TODAY } = {},
) =>
  withoutException(RULE, finding, resource, { stack: "local", today }, [
    { ...EXCEPTION, ...change },
  ]);
const covered = (...of: Parameters<typeof judged>): boolean => judged(...of).length === 0;

describe("exceptions", () => {
  it("cover the one sentence of the one policy that they name", () => {
    assert.equal(covered({}), true);
    assert.equal(covered({ policy: "A09" }), false);
    assert.equal(covered({}, { finding: { ...FINDING, message: "another must" } }), false);
  });

  it("cover neither another type, nor another name, nor another stack", () => {
    assert.equal(covered({ types: ["aws:kms/key:Key"] }), false);
    assert.equal(covered({ name: "shard-1" }), false);
    const prod = { ...INSTANCE, urn: INSTANCE.urn.replace(":local:", ":prod:") };
    assert.equal(covered({}, { resource: prod }), false);
  });

  it("cover any stack only for one named resource", () => {
    assert.equal(covered({ stack: "any" }), false);
    assert.equal(covered({ stack: "any", name: "shard-0" }), true);
  });

  it("end on their day", () => {
    assert.equal(covered({}, { today: new Date("2027-11-23T23:59:59Z") }), true);
    assert.equal(covered({}, { today: new Date("2027-11-24T00:00:00Z") }), false);
  });

  it("say so once they ended", () => {
    const [finding] = judged({}, { today: new Date("2028-01-01T00:00:00Z") });
    assert.equal(
      finding?.message,
      "multiAz must be true (the exception of 2026-11-24 ended on 2027-11-24)",
    );
    assert.equal(finding.urn, INSTANCE.urn);
  });

  it("are written down with a reason, a day and an end within a year", () => {
    const ids = new Set(RULES.map(({ id }) => id));
    for (const { policy, reason, decided, until, finding } of EXCEPTIONS) {
      assert.ok(ids.has(policy), policy);
      assert.ok(reason.length > 20 && finding.length > 10, reason);
      assert.match(decided, /^\d{4}-\d{2}-\d{2}$/);
      const days = (Date.parse(until) - Date.parse(decided)) / 86_400_000;
      assert.ok(days > 0 && days <= 366, `${policy}: ${days} days`);
    }
  });

  it("are for one machine alone: production has none", () => {
    assert.deepEqual(
      EXCEPTIONS.filter(({ stack }) => stack !== "local"),
      [],
    );
  });
});
