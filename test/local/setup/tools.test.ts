import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { placeLanguageHost } from "../../../local/setup/language-host.mjs";
import {
  cacheDirectory,
  locate,
  resolveTools,
  ROOT,
  toolEnvironment,
  toolsetDirectory,
  versionOf,
} from "../../../local/setup/tools.mjs";
import { TOOLSETS, type PublishedToolset } from "../../../local/setup/toolsets.mjs";
import { ETCD, KUBERNETES, PULUMI } from "../../../local/setup/versions.mjs";
import { executable, printing, sandbox, type Sandbox } from "./support.ts";

function toolset(directory: string): PublishedToolset {
  const found = TOOLSETS.find((set) => set.directory === directory);
  assert.ok(found);
  return found;
}

function located(directory: string): string | undefined {
  const set = toolset(directory);
  const [binary] = set.binaries;
  assert.ok(binary);
  return locate(set, binary);
}

describe("finding the binaries", () => {
  let box: Sandbox;
  const onBin = (name: string, text: string): string =>
    executable(join(box.directory, "bin", name), printing(text));

  beforeEach(() => (box = sandbox()));
  afterEach(() => box.remove());

  it("finds none on an empty machine", () => {
    assert.deepEqual(["pulumi", "etcd", "kubernetes"].map(located), [
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("takes a Pulumi CLI on PATH that is not older than the SDK", () => {
    const file = onBin("pulumi", `v${PULUMI}`);
    assert.equal(located("pulumi"), file);
    onBin("pulumi", "v3.999.1");
    assert.equal(located("pulumi"), file);
  });

  it("leaves a Pulumi CLI that is older, of another major, or that does not run", () => {
    for (const version of ["v3.258.9", "v3.26.0", "v4.0.0", "v2.300.0", "no version"]) {
      onBin("pulumi", version);
      assert.equal(located("pulumi"), undefined, version);
    }
    executable(join(box.directory, "bin", "pulumi"), `#!/bin/sh\necho v${PULUMI}\nexit 1\n`);
    assert.equal(located("pulumi"), undefined);
  });

  it("takes any patch of the pinned Kubernetes and etcd minors, and no other minor", () => {
    const apiserver = onBin("kube-apiserver", "Kubernetes v1.36.40");
    assert.equal(located("kubernetes"), apiserver);
    onBin("kube-apiserver", "Kubernetes v1.37.4");
    assert.equal(located("kubernetes"), undefined);
    const etcd = onBin("etcd", "etcd Version: 3.6.1\nGit SHA: abc\nGo Version: go1.24.5");
    assert.equal(located("etcd"), etcd);
    onBin("etcd", "etcd Version: 3.5.16");
    assert.equal(located("etcd"), undefined);
  });

  it("takes what the cache has of exactly the pinned version", () => {
    const other = executable(join(cacheDirectory(), `etcd-${ETCD}0`, "etcd"), printing(ETCD));
    assert.equal(located("etcd"), undefined);
    const kept = executable(join(toolsetDirectory(toolset("etcd")), "etcd"), printing(ETCD));
    assert.equal(located("etcd"), kept);
    assert.ok(existsSync(other));
  });

  it("reads versions of three numbers only", () => {
    assert.equal(versionOf(onBin("a", "v1.35.4+k3s1"), []), "1.35.4");
    assert.equal(versionOf(onBin("b", "built 1.2.3.4"), []), undefined);
    assert.equal(versionOf(join(box.directory, "missing"), []), undefined);
  });

  it("takes valkey for redis", function () {
    if (resolveTools().redisServer !== undefined) this.skip(); // the machine's own, in /usr/sbin
    const file = onBin("valkey-server", "");
    assert.equal(resolveTools().redisServer, file);
  });

  it("pins one Kubernetes version for all three programs", () => {
    assert.equal(toolset("kubernetes").version, KUBERNETES);
    assert.equal(toolset("kubernetes").files.length, toolset("kubernetes").binaries.length);
  });
});

describe("the environment of scripts", () => {
  let box: Sandbox;
  beforeEach(() => (box = sandbox("/usr/bin")));
  afterEach(() => box.remove());

  it("puts Node first, then the CLI's folder, and repeats neither", () => {
    const cli = executable(join(toolsetDirectory(toolset("pulumi")), "pulumi"), printing(PULUMI));
    process.env["PATH"] = `/opt/node/bin:${process.env["PATH"] ?? ""}`;
    const path = toolEnvironment("/opt/node/bin").PATH.split(":");
    assert.deepEqual(path.slice(0, 2), ["/opt/node/bin", dirname(cli)]);
    assert.equal(path.filter((directory) => directory === "/opt/node/bin").length, 1);
    assert.equal(path.at(-1), "/usr/bin");
  });

  it("puts our language host on PATH where the CLI has none beside it", () => {
    executable(join(box.directory, "bin", "pulumi"), printing(PULUMI));
    const ours = join(ROOT, "local", "language-host");
    assert.ok(toolEnvironment("/n").PATH.split(":").includes(ours));
    executable(join(box.directory, "bin", "pulumi-language-nodejs"), "");
    assert.ok(!toolEnvironment("/n").PATH.split(":").includes(ours));
  });

  it("places a launcher beside a built CLI, leaves an official host alone, and renews a dead one", () => {
    const cli = executable(join(toolsetDirectory(toolset("pulumi")), "pulumi"), printing(PULUMI));
    const host = join(dirname(cli), "pulumi-language-nodejs");
    const gone = join(box.directory, "gone");
    executable(join(gone, "local", "language-host", "pulumi-language-nodejs"), "");
    placeLanguageHost(process.env, gone);
    assert.match(readFileSync(host, "utf8"), /gone/);
    placeLanguageHost();
    assert.match(readFileSync(host, "utf8"), /gone/, "a checkout that is there stays");
    rmSync(gone, { recursive: true });
    placeLanguageHost();
    assert.ok(readFileSync(host, "utf8").includes(join(ROOT, "local", "language-host")));
    executable(host, "the official one");
    placeLanguageHost();
    assert.equal(readFileSync(host, "utf8"), "the official one");
  });
});
