import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { accountOf, allow, podIdentityTrust, serviceTrust } from "../../../infra/lib/iam.ts";

describe("IAM documents", () => {
  it("of Pod Identity trust the pods of one cluster in one account", () => {
    const [statement] = JSON.parse(
      podIdentityTrust("123456789012", "eu-central-1", "svpn"),
    ).Statement;
    assert.deepEqual(statement.Principal, { Service: "pods.eks.amazonaws.com" });
    assert.deepEqual(statement.Action, ["sts:AssumeRole", "sts:TagSession"]);
    assert.deepEqual(statement.Condition, {
      StringEquals: { "aws:SourceAccount": "123456789012" },
      ArnEquals: { "aws:SourceArn": "arn:aws:eks:eu-central-1:123456789012:cluster/svpn" },
    });
  });

  it("name actions and resources as given", () => {
    assert.deepEqual(JSON.parse(allow(["s3:GetObject"], ["arn:aws:s3:::a/*"])).Statement, [
      { Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::a/*"] },
    ]);
    assert.deepEqual(JSON.parse(serviceTrust("ec2.amazonaws.com")).Statement[0].Action, [
      "sts:AssumeRole",
    ]);
  });

  it("take the account from an ARN, and refuse one without", () => {
    assert.equal(accountOf("arn:aws:iam::123456789012:role/deployer"), "123456789012");
    assert.throws(() => accountOf("arn:aws:s3:::bucket"), /names no account/);
  });
});
