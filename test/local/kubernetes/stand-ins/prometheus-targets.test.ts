import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Pod } from "../../../../local/kubernetes/objects.ts";
import { targetsOf } from "../../../../local/kubernetes/stand-ins/prometheus-targets.ts";

const pod: Pod = {
  metadata: {
    name: "auth-1",
    namespace: "securevpn",
    uid: "u-1",
    labels: { "app.kubernetes.io/name": "auth" },
    annotations: { "securevpn.example/secrets-version": "1" },
  },
  spec: {
    nodeName: "node-1",
    containers: [
      {
        name: "auth",
        image: "node",
        ports: [
          { name: "http", containerPort: 8080 },
          { name: "internal", containerPort: 9090 },
        ],
      },
      { name: "helper", image: "busybox" },
    ],
  },
  status: {
    phase: "Running",
    podIP: "127.80.1.2",
    hostIP: "127.80.1.1",
    conditions: [{ type: "Ready", status: "True" }],
  },
};

describe("targets of a pod", () => {
  it("are one a container port, labelled as Prometheus' own discovery does", () => {
    const targets = targetsOf(pod);
    assert.deepEqual(
      targets.map((group) => group.targets),
      [["127.80.1.2:8080"], ["127.80.1.2:9090"]],
    );
    const labels = targets[1]?.labels ?? {};
    assert.equal(labels["__meta_kubernetes_namespace"], "securevpn");
    assert.equal(labels["__meta_kubernetes_pod_label_app_kubernetes_io_name"], "auth");
    assert.equal(labels["__meta_kubernetes_pod_annotation_securevpn_example_secrets_version"], "1");
    assert.equal(labels["__meta_kubernetes_pod_container_name"], "auth");
    assert.equal(labels["__meta_kubernetes_pod_container_port_name"], "internal");
    assert.equal(labels["__meta_kubernetes_pod_container_port_protocol"], "TCP");
    assert.equal(labels["__meta_kubernetes_pod_phase"], "Running");
    assert.equal(labels["__meta_kubernetes_pod_ready"], "true");
  });

  it("are none while it has no address", () => {
    assert.deepEqual(targetsOf({ ...pod, status: { phase: "Pending" } }), []);
  });
});
