import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  ContainerConfigError,
  expand,
  fieldValue,
  quantity,
  resourceValue,
} from "../../../local/kubernetes/environment.ts";
import type { Pod } from "../../../local/kubernetes/objects.ts";

const pod: Pod = {
  metadata: {
    name: "web-1",
    namespace: "shop",
    uid: "u-1",
    labels: { "app.kubernetes.io/name": "web" },
  },
  spec: {
    nodeName: "node-1",
    containers: [
      { name: "web", image: "node", resources: { limits: { cpu: "500m", memory: "1Gi" } } },
    ],
  },
};
const facts = { pod, podIp: "127.77.1.2", hostIp: "127.77.1.1" };

describe("A container's environment", () => {
  it("reads the downward API", () => {
    assert.equal(fieldValue("status.podIP", facts), "127.77.1.2");
    assert.equal(fieldValue("status.hostIP", facts), "127.77.1.1");
    assert.equal(fieldValue("spec.nodeName", facts), "node-1");
    assert.equal(fieldValue("metadata.labels['app.kubernetes.io/name']", facts), "web");
  });

  it("refuses a field that it does not know", () => {
    assert.throws(() => fieldValue("spec.color", facts), ContainerConfigError);
  });

  it("expands variables that are known, and only those", () => {
    assert.equal(
      expand("http://$(HOST):$(PORT)/$$(HOST)", { HOST: "a" }),
      "http://a:$(PORT)/$(HOST)",
    );
  });

  it("counts resources in units of the divisor, rounded up", () => {
    assert.equal(quantity("250m"), 0.25);
    assert.equal(resourceValue({ resource: "limits.cpu" }, pod, pod.spec.containers[0]), "1");
    assert.equal(
      resourceValue({ resource: "limits.memory", divisor: "1Mi" }, pod, pod.spec.containers[0]),
      "1024",
    );
  });
});
