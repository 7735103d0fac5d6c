import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { PolicyReport, ResourceRow } from "../../../local/engine/report.ts";
import {
  componentTable,
  placeOf,
  policyLine,
  worthALook,
  type Plan,
} from "../../../local/engine/review.ts";

const STACK = row("pulumi:pulumi:Stack", "securevpn-prod", null);
const REGION = row("securevpn:region:Region", "us-east-1", STACK);
const NETWORK = row("securevpn:network:Network", "network", REGION);
const PLATFORM = row("securevpn:kubernetes:Platform", "platform", REGION);
const AUTH = row("securevpn:kubernetes:HttpService", "auth", PLATFORM);
const VPC = row("aws:ec2/vpc:Vpc", "network", NETWORK);
const SHARD = row("aws:rds/instance:Instance", "shard-0", NETWORK, true);
const ROLE = row("aws:iam/role:Role", "nodes", NETWORK);
const PODS = row("kubernetes:apps/v1:Deployment", "auth", AUTH);

function row(type: string, name: string, parent: ResourceRow | null, protect = false): ResourceRow {
  const urn = `urn:pulumi:prod::securevpn::${type}::${name}`;
  return { urn, type, name, parent: parent?.urn ?? null, protect };
}

const plan = (steps: Record<string, "create" | "update" | "replace" | "delete">): Plan => ({
  resources: [STACK, REGION, NETWORK, PLATFORM, AUTH, VPC, SHARD, ROLE, PODS],
  gone: [],
  steps: new Map(Object.entries(steps)),
});
const ran = (name: string, state: PolicyReport["ran"]): PolicyReport => ({
  name,
  level: "mandatory",
  ran: state,
  violations: [],
});

describe("what a preview shows", () => {
  it("are counts by component, the platform by its own components", () => {
    const lines = componentTable(plan({ [ROLE.urn]: "update", [PODS.urn]: "replace" }));
    assert.deepEqual(
      lines.map((line) => line.trim().split(/\s+/)),
      [
        ["component", "update", "replace", "unchanged"],
        ["network", "1", "0", "3"],
        ["platform", "0", "0", "1"],
        ["platform/auth", "0", "1", "1"],
        ["stack", "0", "0", "2"],
      ],
    );
  });

  it("names replacements and deletions, and first what is protected", () => {
    const changes = { ...plan({ [SHARD.urn]: "replace", [VPC.urn]: "delete" }), gone: [VPC] };
    const lines = worthALook(changes, [], []);
    assert.deepEqual(lines.slice(0, 6), [
      "  1 protected, and yet to be replaced or deleted",
      "    aws:rds/instance:Instance shard-0",
      "  1 to replace",
      "    aws:rds/instance:Instance shard-0",
      "  1 to delete",
      "    aws:ec2/vpc:Vpc network",
    ]);
  });

  it("names changed rights", () => {
    const lines = worthALook(plan({ [ROLE.urn]: "update" }), [], []);
    assert.ok(lines.includes("    update aws:iam/role:Role nodes"), lines.join("\n"));
  });

  it("names the resource of each violation, once for each resource", () => {
    const message = "A10: TLS alone (RDS.38)\nrds.force_ssl must be 1";
    const violations = [SHARD, VPC].map(({ urn }) => ({ urn, message }));
    const lines = worthALook(plan({}), [{ ...ran("a10", "yes"), violations }], []);
    assert.ok(
      lines.includes(
        "    [mandatory] a10: aws:rds/instance:Instance shard-0: rds.force_ssl must be 1",
      ),
    );
    assert.ok(lines.some((line) => line.includes("aws:ec2/vpc:Vpc network: rds.force_ssl")));
  });

  it("says which policies did not run, and what has no price", () => {
    const policies = [ran("a", "yes"), ran("b", "no"), ran("c", "part")];
    const lines = worthALook(plan({}), policies, ["aws:new/thing:Thing x"]);
    assert.ok(lines.includes("    b did not run"));
    assert.ok(lines.includes("    c saw a part of the resources"));
    assert.ok(lines.includes("    aws:new/thing:Thing x"));
    assert.equal(
      policyLine(policies),
      "policies: 2 ran, 0 with violations, 1 saw a part of the resources only, 1 did not run",
    );
  });

  it("names a place without the types of its parents", () => {
    assert.equal(placeOf("urn:pulumi:p::s::a:b:C$aws:ec2/vpc:Vpc::x"), "aws:ec2/vpc:Vpc x");
    assert.equal(placeOf(STACK.urn), "stack");
    assert.equal(placeOf(""), "stack");
  });
});
