import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { importedInputs, projectInputs } from "../../../../local/kubernetes/provider/projection.ts";
import { Secret } from "../../../../local/providers/provider.ts";

describe("Inputs as the cluster has them now", () => {
  it("keeps the program's spelling where applying it again would change nothing", () => {
    const inputs = { spec: { replicas: 2, cpu: "1000m" } };
    const server = { spec: { replicas: 2, cpu: "1", added: true } };
    assert.deepEqual(projectInputs(inputs, server, server), inputs);
  });

  it("shows a changed and a removed field", () => {
    const inputs = { spec: { replicas: 2 }, metadata: { labels: { a: "1", b: "2" } } };
    const expected = { spec: { replicas: 2 }, metadata: { labels: { a: "1", b: "2" } } };
    const live = { spec: { replicas: 5 }, metadata: { labels: { a: "1" } } };
    assert.deepEqual(projectInputs(inputs, expected, live), {
      spec: { replicas: 5 },
      metadata: { labels: { a: "1" } },
    });
  });

  it("matches named things by name, and what others added is no drift", () => {
    const inputs = { containers: [{ name: "web", image: "a" }] };
    const expected = {
      containers: [
        { name: "web", image: "a" },
        { name: "sidecar", image: "s" },
      ],
    };
    const live = {
      containers: [
        { name: "sidecar", image: "s" },
        { name: "web", image: "b" },
      ],
    };
    assert.deepEqual(projectInputs(inputs, expected, live), {
      containers: [{ name: "web", image: "b" }],
    });
  });

  it("takes a map that the API server dropped because it was empty for no drift", () => {
    const inputs = { data: { a: "1" }, binaryData: {} };
    assert.deepEqual(
      projectInputs(inputs, { data: { a: "1" }, binaryData: {} }, { data: { a: "1" } }),
      inputs,
    );
  });

  it("keeps secrets secret", () => {
    const projected = projectInputs(
      { data: new Secret({ key: "YQ==" }) },
      { data: { key: "YQ==" } },
      { data: { key: "Yg==" } },
    );
    assert.deepEqual(projected["data"], new Secret({ key: "Yg==" }));
  });

  it("imports what the server did not add", () => {
    const live = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", uid: "u", resourceVersion: "1" },
      data: { k: "v" },
    };
    assert.deepEqual(importedInputs(live), {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a" },
      data: { k: "v" },
    });
  });
});
