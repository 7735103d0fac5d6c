import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  DEFAULT_PROCESS_CAP,
  processCap,
  ProcessBudget,
} from "../../../local/kubernetes/budget.ts";

const podOf = (containers: number, owner: string) => ({
  metadata: { name: owner, ownerReferences: [{ kind: "ReplicaSet", name: owner, uid: owner }] },
  spec: { containers: Array.from({ length: containers }, () => ({ image: "node" })) },
});

describe("the budget of processes", () => {
  it("keeps half of itself for the first pod of every workload", () => {
    const budget = new ProcessBudget(8);
    const taken = Array.from({ length: 6 }, () => budget.take(podOf(2, "vpn-server")));
    assert.deepEqual(taken, [true, true, false, false, false, false]);
    assert.deepEqual([budget.take(podOf(1, "auth")), budget.take(podOf(1, "auth"))], [true, false]);
    assert.ok(budget.take(podOf(3, "selector")));
    assert.equal(budget.used, 8);
    assert.ok(!budget.take(podOf(1, "prometheus")));
  });

  it("gives a pod's place to the next one when it ends", () => {
    const budget = new ProcessBudget(2);
    assert.ok(budget.take(podOf(2, "auth")));
    assert.ok(!budget.take(podOf(1, "selector")));
    budget.give(podOf(2, "auth"));
    assert.ok(budget.take(podOf(1, "selector")));
    assert.ok(budget.take(podOf(1, "auth")));
  });

  it("counts no container for which this machine has no program", () => {
    const budget = new ProcessBudget(2, ({ image }) => image !== "grafana");
    const grafana = { ...podOf(0, "grafana"), spec: { containers: [{ image: "grafana" }] } };
    assert.ok(budget.take(grafana));
    assert.equal(budget.used, 0);
    assert.ok(budget.take(podOf(2, "auth")));
    budget.give(grafana);
    assert.equal(budget.used, 2);
  });

  it("of nothing pretends every pod", () =>
    assert.ok(!new ProcessBudget(0).take(podOf(1, "auth"))));

  it("comes from the environment, and a wrong value is named", () => {
    assert.equal(processCap({}), DEFAULT_PROCESS_CAP);
    assert.equal(processCap({ SECUREVPN_PROCESS_CAP: "12" }), 12);
    for (const wrong of ["-1", "many", "1.5"]) {
      assert.throws(
        () => processCap({ SECUREVPN_PROCESS_CAP: wrong }),
        new RegExp(`SECUREVPN_PROCESS_CAP is ${wrong}`),
      );
    }
  });
});
