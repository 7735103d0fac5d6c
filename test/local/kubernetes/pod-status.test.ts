import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { ContainerStatus, Pod } from "../../../local/kubernetes/objects.ts";
import { podConditions, podPhase, type PodFindings } from "../../../local/kubernetes/pod-status.ts";

const pod = (restartPolicy: string): Pod => ({
  metadata: { name: "p" },
  spec: { restartPolicy, containers: [{ name: "c", image: "node" }] },
});
const container = (
  state: ContainerStatus["state"],
  ready = false,
  lastState: ContainerStatus["lastState"] = {},
): ContainerStatus => ({
  name: "c",
  image: "node",
  imageID: "",
  ready,
  restartCount: 0,
  state,
  lastState,
});
const findings = (
  containers: ContainerStatus[],
  other: Partial<PodFindings> = {},
): PodFindings => ({
  podIp: "127.77.1.2",
  hostIp: "127.77.1.1",
  startTime: "2026-01-01T00:00:00Z",
  initialized: true,
  containers,
  initContainers: [],
  ...other,
});
const ended = (exitCode: number): ContainerStatus["state"] => ({
  terminated: { exitCode, reason: "x" },
});

describe("A pod's status", () => {
  it("is Pending until a container has begun", () => {
    assert.equal(
      podPhase(pod("Always"), findings([container({ waiting: { reason: "x" } })])),
      "Pending",
    );
    assert.equal(podPhase(pod("Always"), findings([], { initialized: false })), "Pending");
  });

  it("stays Running while a crashed container waits for its restart", () => {
    const crashed = container({ waiting: { reason: "CrashLoopBackOff" } }, false, ended(1));
    assert.equal(podPhase(pod("Always"), findings([crashed])), "Running");
  });

  it("ends with the worst of its containers when it is not restarted", () => {
    assert.equal(podPhase(pod("Never"), findings([container(ended(0))])), "Succeeded");
    assert.equal(
      podPhase(pod("Never"), findings([container(ended(0)), container(ended(3))])),
      "Failed",
    );
    assert.equal(podPhase(pod("Always"), findings([container(ended(0))])), "Running");
  });

  it("fails with its init containers only when they are not retried", () => {
    const broken = { initialized: false, initContainers: [container(ended(1))] };
    assert.equal(podPhase(pod("Never"), findings([], broken)), "Failed");
    assert.equal(podPhase(pod("Always"), findings([], broken)), "Pending");
  });

  it("keeps the time of a condition that did not change, and conditions of others", () => {
    const before: Pod = {
      ...pod("Always"),
      status: {
        conditions: [
          { type: "PodScheduled", status: "True", lastTransitionTime: "then" },
          { type: "Ready", status: "True", lastTransitionTime: "then" },
          { type: "Initialized", status: "False", lastTransitionTime: "then" },
        ],
      },
    };
    const conditions = podConditions(
      before,
      findings([container({ running: { startedAt: "x" } }, true)]),
      "Running",
      "now",
    );
    const timeOf = (type: string): string | undefined =>
      conditions.find((c) => c.type === type)?.lastTransitionTime;
    assert.deepEqual(
      [timeOf("Ready"), timeOf("Initialized"), timeOf("PodScheduled")],
      ["then", "now", "then"],
    );
  });
});
