import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { IMAGES, KUBERNETES_VERSION } from "../../../infra/versions.ts";
import { COREDNS, ETCD, KUBERNETES, PULUMI } from "../../../local/setup/versions.mjs";
import { ROOT } from "../../../local/setup/tools.mjs";

const goModule = (name: string): string =>
  readFileSync(join(ROOT, "tools", name, "go.mod"), "utf8");

describe("the versions of the binaries", () => {
  it("give the Pulumi CLI the version of its SDK and of its Go module", () => {
    const file = join(ROOT, "node_modules", "@pulumi", "pulumi", "package.json");
    const sdk: unknown = JSON.parse(readFileSync(file, "utf8"));
    assert.ok(typeof sdk === "object" && sdk !== null && "version" in sdk);
    assert.equal(sdk.version, PULUMI);
    assert.ok(goModule("pulumi").includes(`github.com/pulumi/pulumi/pkg/v3 v${PULUMI}`));
  });

  it("give CoreDNS the version of the image that VPN servers run, and of its Go module", () => {
    assert.ok(IMAGES.resolver("us-east-1").includes(`/eks/coredns:v${COREDNS}-eksbuild.`));
    assert.ok(goModule("coredns").includes(`github.com/coredns/coredns v${COREDNS}`));
  });

  it("give the local control plane the minor of EKS and the versions of its Go modules", () => {
    assert.equal(KUBERNETES.split(".").slice(0, 2).join("."), KUBERNETES_VERSION);
    assert.ok(goModule("kubernetes").includes(`k8s.io/kubernetes v${KUBERNETES}`));
    assert.ok(goModule("etcd").includes(`go.etcd.io/etcd/server/v3 v${ETCD}`));
  });
});
