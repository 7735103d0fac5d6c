import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { KubernetesError } from "../../../../local/kubernetes/client.ts";
import {
  refusedAsImmutable,
  replacingPaths,
} from "../../../../local/kubernetes/provider/immutable.ts";

const object = (spec: Record<string, string>, name = "a") => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec,
});

describe("Changes that force a replacement", () => {
  it("are those of identity and of fields that never change", () => {
    assert.deepEqual(
      replacingPaths("Deployment", object({ selector: "x" }), object({ selector: "y" })),
      ["spec.selector"],
    );
    assert.deepEqual(replacingPaths("Deployment", object({}, "a"), object({}, "b")), [
      "metadata.name",
    ]);
    assert.deepEqual(
      replacingPaths("Deployment", object({ replicas: "1" }), object({ replicas: "2" })),
      [],
    );
  });

  it("are the data of an immutable ConfigMap, but not of another", () => {
    const map = (data: string, immutable: boolean) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      data: { key: data },
      immutable,
    });
    assert.deepEqual(replacingPaths("ConfigMap", map("1", true), map("2", true)), ["data"]);
    assert.deepEqual(replacingPaths("ConfigMap", map("1", false), map("2", false)), []);
  });

  it("are not a new version of the same group", () => {
    assert.deepEqual(
      replacingPaths(
        "HorizontalPodAutoscaler",
        { apiVersion: "autoscaling/v1" },
        { apiVersion: "autoscaling/v2" },
      ),
      [],
    );
  });

  it("are what the API server refuses as immutable", () => {
    const status = (message: string) =>
      JSON.stringify({
        reason: "Invalid",
        message,
        details: { causes: [{ field: "spec.x", message }] },
      });
    assert.deepEqual(
      refusedAsImmutable(
        new KubernetesError(422, status("Invalid value: field is immutable"), "PATCH"),
      ),
      ["spec.x"],
    );
    assert.deepEqual(
      refusedAsImmutable(new KubernetesError(422, status("Required value"), "PATCH")),
      [],
    );
    assert.deepEqual(refusedAsImmutable(new Error("field is immutable")), []);
  });
});
