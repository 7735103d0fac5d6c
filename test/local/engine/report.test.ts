import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { RunReport } from "../../../local/engine/report.ts";
import { renderTree } from "../../../local/engine/tree.ts";

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
        { name: "a", level: "advisory", ran: "no", violations: [] },
        {
          name: "b",
          level: "mandatory",
          ran: "no",
          violations: [{ urn: child("db"), message: "must be so" }],
        },
      ],
    );
  });

  const KNOWN = ["a", "b", "c"].map((name) => ({ name, level: "mandatory" }));
  const ranIn = (report: RunReport): string[] => report.policies(KNOWN).map(({ ran }) => ran);
  const judged = (kind: string, summary: object) =>
    ({ sequence: 0, timestamp: 0, [kind]: summary }) as never;

  it("says of a policy that judged nothing that it did not run", () => {
    const report = new RunReport();
    assert.deepEqual(ranIn(report), ["no", "no", "no"]);
    report.onEvent(judged("policyAnalyzeSummaryEvent", { passed: ["a"], failed: ["b"] }));
    assert.deepEqual(ranIn(report), ["part", "part", "no"]);
    report.onEvent(judged("policyAnalyzeStackSummaryEvent", { passed: ["c"] }));
    assert.deepEqual(ranIn(report), ["yes", "yes", "yes"]);
  });

  it("says so too of a policy that met a value which is not known yet", () => {
    const report = new RunReport();
    report.onEvent(judged("policyAnalyzeSummaryEvent", { failed: ["a"] }));
    report.onEvent(judged("policyAnalyzeStackSummaryEvent", { passed: ["b", "c"] }));
    report.onEvent({
      sequence: 0,
      timestamp: 0,
      policyEvent: {
        policyName: "a",
        enforcementLevel: "advisory",
        message: "can't run policy 'a' during preview: Output values are not known",
      },
    } as never);
    assert.deepEqual(ranIn(report), ["no", "yes", "yes"]);
  });

  it("keeps what is deleted apart from what stays", () => {
    const report = new RunReport();
    report.onEvent(step("delete", child("db"), STACK) as never);
    assert.deepEqual([...report.gone.keys()], [child("db")]);
    assert.equal(report.resources.size, 0);
  });

  it("draws children below their component", () => {
    const rows = [
      {
        urn: STACK,
        type: "pulumi:pulumi:Stack",
        name: "securevpn-local",
        parent: null,
        protect: false,
      },
      { urn: child("net"), type: "securevpn:Network", name: "net", parent: STACK, protect: false },
      { urn: child("vpc"), type: "aws:ec2:Vpc", name: "vpc", parent: child("net"), protect: false },
    ];
    const indents = renderTree(rows)
      .split("\n")
      .map((line) => /^ */.exec(line)?.[0].length);
    assert.deepEqual(indents, [0, 2, 4]);
  });
});
