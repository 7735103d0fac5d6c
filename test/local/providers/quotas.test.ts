import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { SERVICE_QUOTAS } from "../../../facts/service-quotas.ts";
import { overQuota } from "../../../local/providers/aws/quotas.ts";
import { AwsRecords } from "../../../local/providers/aws/records.ts";
import type { Properties } from "../../../local/providers/provider.ts";

const EIP = "aws:ec2/eip:Eip";
const NODES = "aws:eks/nodeGroup:NodeGroup";
const RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

describe("an account's quotas", () => {
  let stateDir: string;
  let records: AwsRecords;
  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), "quotas-"));
    records = new AwsRecords(stateDir);
  });
  afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

  const have = (type: string, count: number, inputs: Properties = {}, region = "us-east-1") => {
    for (let index = 0; index < count; index++) {
      const id = `${region}-${index}-${JSON.stringify(inputs).length}`;
      records.set({
        urn: `urn:pulumi:prod::p::${type}::${id}`,
        type,
        id,
        region,
        account: "000000000000",
        inputs,
        computed: {},
        tagsAll: undefined,
        secretKeys: [],
        confirmed: true,
        applied: true,
      });
    }
  };
  const asked = (type: string, inputs: Properties = {}, region = "us-east-1") =>
    overQuota(records, { type, region, inputs });

  it("refuse the sixth address of a region in AWS's words, and not the first of another", () => {
    have(EIP, 4);
    assert.equal(asked(EIP), undefined);
    have(EIP, 5);
    assert.match(
      asked(EIP) ?? "",
      /^AddressLimitExceeded: .* in us-east-1 is 5 \(quota L-0263D0A3\)/,
    );
    assert.equal(asked(EIP, {}, "eu-central-1"), undefined);
  });

  it("count rules of one security group, not of all", () => {
    have(RULE, 60, { securityGroupId: "sg-1" });
    assert.match(asked(RULE, { securityGroupId: "sg-1" }) ?? "", /^RulesPerSecurityGroup/);
    assert.equal(asked(RULE, { securityGroupId: "sg-2" }), undefined);
  });

  it("count vCPUs of the nodes that groups ask for", () => {
    const group = (desiredSize: number): Properties => ({
      instanceTypes: ["c6gn.xlarge"],
      scalingConfig: { desiredSize },
    });
    have(NODES, 1, group(60));
    assert.equal(asked(NODES, group(4)), undefined);
    assert.match(asked(NODES, group(5)) ?? "", /^VcpuLimitExceeded: .* is 256 .* 240 are in use/);
  });

  it("are, for vCPUs, what the runbook asks for", () => {
    const page = readFileSync(
      join(import.meta.dirname, "../../../docs/before-first-deployment.md"),
      "utf8",
    );
    const { code, value } = SERVICE_QUOTAS.standardVcpus;
    assert.ok(page.includes(`--quota-code ${code} --desired-value ${value}`));
  });
});
