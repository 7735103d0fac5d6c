import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { Program } from "../support/program.ts";
import { at, listAt, textAt } from "../support/read.ts";
import { regionOf } from "../support/regions.ts";

const ACL = "aws:wafv2/webAcl:WebAcl";

describe("the web firewall", () => {
  let prod: Program;
  before(async () => {
    prod = await regionOf("prod");
  });
  const rules = () => listAt(prod.one(ACL, "entry").inputs, "rules");

  it("stands before the region's balancer", () => {
    const { inputs } = prod.one("aws:wafv2/webAclAssociation:WebAclAssociation", "entry");
    assert.equal(inputs["resourceArn"], "arn:aws:mock:us-east-1:000000000000:entry");
    assert.equal(inputs["webAclArn"], "arn:aws:mock:us-east-1:000000000000:entry");
  });

  it("bounds what one address posts to login and sign-up, and counts no refresh and no poll", () => {
    const rated = rules().flatMap((rule) => {
      const rate = at(rule, "statement.rateBasedStatement");
      return rate === undefined ? [] : [rate];
    });
    const scopes = rated.map((rate) =>
      listAt(rate, "scopeDownStatement.andStatement.statements").map((statement) => [
        textAt(statement, "byteMatchStatement.positionalConstraint"),
        textAt(statement, "byteMatchStatement.searchString"),
      ]),
    );
    assert.deepEqual(scopes, [
      [
        ["EXACTLY", "/v1/sessions"],
        ["EXACTLY", "POST"],
      ],
      [
        ["EXACTLY", "/v1/accounts"],
        ["EXACTLY", "POST"],
      ],
    ]);
    for (const rate of rated) assert.equal(at(rate, "aggregateKeyType"), "IP");
  });

  it("lets through what clients may send: no user agent, any passphrase", () => {
    const common = rules().find(
      (rule) => at(rule, "statement.managedRuleGroupStatement") !== undefined,
    );
    const overrides = listAt(common, "statement.managedRuleGroupStatement.ruleActionOverrides");
    const counted = overrides.map((item) => textAt(item, "name"));
    for (const rule of ["NoUserAgent_HEADER", "SizeRestrictions_BODY", "CrossSiteScripting_BODY"])
      assert.ok(counted.includes(rule), rule);
    for (const item of overrides) assert.deepEqual(at(item, "actionToUse"), { count: {} });
  });

  it("keeps no sample and no log of requests: they hold addresses", () => {
    const { inputs } = prod.one(ACL, "entry");
    for (const owner of [inputs, ...rules()])
      assert.equal(at(owner, "visibilityConfig.sampledRequestsEnabled"), false);
    assert.deepEqual(
      prod.ofType("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"),
      [],
    );
  });
});
