import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { AGENT, NAMESPACES, SERVICES } from "../../../services/contract/index.ts";
import type { Program } from "../support/program.ts";
import { at, listAt, named, textAt } from "../support/read.ts";
import { regionOf } from "../support/regions.ts";

const AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
const POD = "spec.template.spec";

let prod: Program;
before(async () => {
  prod = await regionOf("prod");
});

/** `250m` or `2` as thousandths, `512Mi` or `2Gi` as MiB. */
function amount(text: string): number {
  const [, digits = "", unit = ""] = /^(\d+)(m|Mi|Gi)?$/.exec(text) ?? [];
  assert.notEqual(digits, "", `${text} is no amount`);
  return Number(digits) * { m: 1, Mi: 1, Gi: 1024, "": 1000 }[unit as "m" | "Mi" | "Gi" | ""];
}

describe("the autoscaler of a service", () => {
  it("keeps the configured least, doubles at most, and aims at 60 % of the CPU request", () => {
    for (const { name } of SERVICES) {
      const { inputs } = prod.one(AUTOSCALER, name);
      assert.equal(at(inputs, "spec.minReplicas"), 3);
      assert.equal(at(inputs, "spec.maxReplicas"), 6);
      assert.deepEqual(at(inputs, "spec.scaleTargetRef"), {
        apiVersion: "apps/v1",
        kind: "Deployment",
        name,
      });
      const [metric] = listAt(inputs, "spec.metrics");
      assert.deepEqual(at(metric, "resource.target"), {
        type: "Utilization",
        averageUtilization: 60,
      });
    }
  });

  it("adds pods at once and takes them away one by one after ten calm minutes", () => {
    for (const { name } of SERVICES) {
      const { inputs } = prod.one(AUTOSCALER, name);
      assert.equal(at(inputs, "spec.behavior.scaleUp.stabilizationWindowSeconds"), 0);
      assert.equal(at(inputs, "spec.behavior.scaleDown.stabilizationWindowSeconds"), 600);
      assert.deepEqual(at(inputs, "spec.behavior.scaleDown.policies"), [
        { type: "Pods", value: 1, periodSeconds: 120 },
      ]);
    }
  });
});

describe("a namespace", () => {
  it("has bounds that hold a roll of its workloads at their most", () => {
    const hard = at(
      prod.one("kubernetes:core/v1:ResourceQuota", `${NAMESPACES.platform}-bounds`).inputs,
      "spec.hard",
    );
    const needs = { pods: 0, cpu: 0, memory: 0, limit: 0 };
    for (const { name } of SERVICES) {
      const pods = Number(at(prod.one(AUTOSCALER, name).inputs, "spec.maxReplicas")) + 1;
      const containers = listAt(
        at(prod.one("kubernetes:apps/v1:Deployment", name).inputs, POD),
        "containers",
      );
      for (const container of containers) {
        needs.pods += pods;
        needs.cpu += pods * amount(textAt(container, "resources.requests.cpu"));
        needs.memory += pods * amount(textAt(container, "resources.requests.memory"));
        needs.limit += pods * amount(textAt(container, "resources.limits.memory"));
      }
    }
    const bound = (key: string): string => {
      assert.ok(typeof hard === "object" && hard !== null);
      return String(Object.entries(hard).find(([name]) => name === key)?.[1]);
    };
    assert.ok(Number(bound("pods")) >= needs.pods);
    assert.ok(amount(bound("requests.cpu")) >= needs.cpu);
    assert.ok(amount(bound("requests.memory")) >= needs.memory);
    assert.ok(amount(bound("limits.memory")) >= needs.limit);
    assert.equal(bound("services.nodeports"), String(SERVICES.length));
    assert.equal(bound("services.loadbalancers"), "0");
  });

  it("of VPN servers has bounds that hold as many of them as there may be pods", () => {
    const hard = at(
      prod.one("kubernetes:core/v1:ResourceQuota", `${NAMESPACES.vpn}-bounds`).inputs,
      "spec.hard",
    );
    const bounds = new Map(Object.entries(Object(hard)));
    const pods = Number(bounds.get("pods"));
    const { inputs } = prod.one("kubernetes:apps/v1:Deployment", "vpn-servers");
    const needs = (path: string): number =>
      listAt(at(inputs, POD), "containers").reduce<number>(
        (sum, container) => sum + amount(textAt(container, path)),
        0,
      );
    for (const key of ["requests.cpu", "requests.memory", "limits.memory"])
      assert.ok(pods * needs(`resources.${key}`) <= amount(String(bounds.get(key))), key);
  });

  it("of monitoring has bounds that hold all of it, and room for its volumes to grow", () => {
    const { inputs } = prod.one(
      "kubernetes:core/v1:ResourceQuota",
      `${NAMESPACES.monitoring}-bounds`,
    );
    const hard = Object.entries(Object(at(inputs, "spec.hard")));
    const bound = (key: string): number => amount(String(hard.find(([name]) => name === key)?.[1]));
    const sets = prod.ofType("kubernetes:apps/v1:StatefulSet");
    const containers = sets.flatMap(({ inputs: set }) =>
      Array.from({ length: Number(at(set, "spec.replicas")) }, () =>
        listAt(at(set, POD), "containers"),
      ).flat(),
    );
    const needs = (path: string): number =>
      containers.reduce<number>((sum, item) => sum + amount(textAt(item, path)), 0);
    assert.ok(bound("requests.cpu") > needs("resources.requests.cpu"));
    assert.ok(bound("requests.memory") > needs("resources.requests.memory"));
    assert.ok(bound("limits.memory") > needs("resources.limits.memory"));
    const claims = prod.ofType("kubernetes:core/v1:PersistentVolumeClaim");
    const storage = claims.reduce(
      (sum, claim) => sum + amount(textAt(claim.inputs, "spec.resources.requests.storage")),
      0,
    );
    assert.ok(bound("requests.storage") >= 2 * storage);
  });

  it("gives containers that state nothing a request and a limit", () => {
    const limits = prod.ofType("kubernetes:core/v1:LimitRange");
    assert.equal(limits.length, prod.ofType("kubernetes:core/v1:Namespace").length);
    for (const { inputs } of limits) {
      const [limit] = listAt(inputs, "spec.limits");
      for (const path of ["defaultRequest.cpu", "defaultRequest.memory", "default.memory"])
        textAt(limit, path);
    }
  });
});

describe("priorities", () => {
  it("let tunnels stay longest, then what clients call, then what makes room, then what watches", () => {
    const values = ["vpn", "platform", "system", "monitoring"].map((key) =>
      Number(
        at(
          prod.one("kubernetes:scheduling.k8s.io/v1:PriorityClass", `priority-${key}`).inputs,
          "value",
        ),
      ),
    );
    assert.deepEqual(
      values,
      [...values].sort((a, b) => b - a),
    );
    assert.equal(new Set(values).size, values.length);
  });

  it("are stated by every workload", () => {
    for (const { name, inputs } of prod.ofType("kubernetes:apps/v1:Deployment"))
      assert.match(textAt(inputs, `${POD}.priorityClassName`), /^securevpn-/, name);
  });
});

describe("VPN servers", () => {
  it("are never evicted for a node that looks idle, and no up waits for a roll of theirs", () => {
    const { inputs } = prod.one("kubernetes:apps/v1:Deployment", "vpn-servers");
    assert.deepEqual(at(inputs, "spec.template.metadata.annotations"), {
      "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
    });
    assert.deepEqual(at(inputs, "metadata.annotations"), { "pulumi.com/skipAwait": "true" });
  });

  it("are spread over zones, and agent and data plane know the same port", () => {
    const { inputs } = prod.one("kubernetes:apps/v1:Deployment", "vpn-servers");
    const [constraint] = listAt(at(inputs, POD), "topologySpreadConstraints");
    assert.equal(at(constraint, "topologyKey"), "topology.kubernetes.io/zone");
    assert.equal(at(constraint, "whenUnsatisfiable"), "ScheduleAnyway");
    const containers = listAt(at(inputs, POD), "containers");
    const ports = [AGENT.containers.agent, AGENT.containers.dataPlane].map((container) =>
      at(named(listAt(named(containers, container), "env"), "WIREGUARD_PORT"), "value"),
    );
    assert.deepEqual(ports, [String(AGENT.udpPort), String(AGENT.udpPort)]);
  });
});
