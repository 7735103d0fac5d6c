import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { renderTree, RunReport } from "../../../local/engine/report.ts";

const STACK = "urn:pulumi:local::securevpn::pulumi:pulumi:Stack::securevpn-local";
const child = (name: string): string => `urn:pulumi:local::securevpn::a:b:C::${name}`;

function step(op: string, urn: string, parent?: string) {
  const state = {
    type: urn.split("::")[2] ?? "",
    urn,
    custom: true,
    id: "",
    parent: parent ?? "",
    inputs: {},
    outputs: {},
    provider: "",
  };
  return {
    sequence: 0,
    timestamp: 0,
    resourcePreEvent: {
      metadata: { op, urn, type: urn.split("::")[2] ?? "", provider: "", new: state },
    },
  };
}

describe("report of an engine run", () => {
  it("counts a replacement once and lists the resource once", () => {
    const report = new RunReport();
    for (const op of ["create-replacement", "replace", "delete-replaced"])
      report.onEvent(step(op, child("db"), STACK) as never);
    assert.deepEqual(report.changes, { create: 0, update: 0, replace: 1, delete: 0, same: 0 });
    assert.equal(report.resources.size, 1);
  });

  it("names policies that found nothing beside those that found something", () => {
    const report = new RunReport();
    report.onEvent({
      sequence: 0,
      timestamp: 0,
      policyEvent: {
        policyName: "b",
        enforcementLevel: "mandatory",
        message: "<{%reset%}>must be so",
        resourceUrn: child("db"),
      },
    } as never);
    assert.deepEqual(
      report.policies([
        { name: "a", level: "advisory" },
        { name: "b", level: "mandatory" },
      ]),
      [
        { name: "a", level: "advisory", violations: [] },
        {
          name: "b",
          level: "mandatory",
          violations: [{ urn: child("db"), message: "must be so" }],
        },
      ],
    );
  });

  it("draws children below their component", () => {
    const rows = [
      { urn: STACK, type: "pulumi:pulumi:Stack", name: "securevpn-local", parent: null },
      { urn: child("net"), type: "securevpn:Network", name: "net", parent: STACK },
      { urn: child("vpc"), type: "aws:ec2:Vpc", name: "vpc", parent: child("net") },
    ];
    const indents = renderTree(rows)
      .split("\n")
      .map((line) => /^ */.exec(line)?.[0].length);
    assert.deepEqual(indents, [0, 2, 4]);
  });
});
