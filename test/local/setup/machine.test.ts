import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import {
  canInstall,
  judgeMissing,
  judgeMissingForTests,
  missingPackages,
  PACKAGES,
  TEST_PACKAGES,
} from "../../../local/setup/debian.mjs";
import { checkMachine } from "../../../local/setup/machine.mjs";
import { SetupError } from "../../../local/setup/say.mjs";
import { executable, sandbox, type Sandbox } from "./support.ts";

const linux = (arch: string, node = "20.9.0") => ({ platform: "linux", arch, versions: { node } });

describe("the machine", () => {
  it("may be a Linux on x64 or arm64 with Node 20", () => {
    checkMachine(linux("x64"));
    checkMachine(linux("arm64"));
  });

  it("is refused with a reason otherwise", () => {
    const mac = { platform: "darwin", arch: "arm64", versions: { node: "24.0.0" } };
    assert.throws(() => checkMachine(mac), /Linux \(x64 or arm64\) only; this is darwin arm64/);
    assert.throws(() => checkMachine(linux("riscv64")), /this is linux riscv64/);
    assert.throws(
      () => checkMachine(linux("x64", "18.20.0")),
      /needs Node 20 or newer to begin with; this is 18/,
    );
  });
});

describe("Debian packages", () => {
  let box: Sandbox;
  const bin = (): string => join(box.directory, "bin");
  const have = (...commands: string[]): void =>
    commands.forEach((name) => void executable(join(bin(), name), ""));
  const missing = (): string[] => missingPackages(bin()).map((item) => item.name);

  beforeEach(() => (box = sandbox()));
  afterEach(() => box.remove());

  it("are known by their commands", () => {
    assert.deepEqual(
      missing(),
      PACKAGES.map((item) => item.name),
    );
    have("redis-server", "wireguard-go", "wg", "nft", "ip", "ping");
    assert.deepEqual(missing(), []);
    rmSync(join(bin(), "wg"));
    assert.deepEqual(missing(), ["wireguard-tools"]);
  });

  it("take Valkey for Redis", () => {
    have("valkey-server", "wireguard-go", "wg", "nft", "ip", "ping");
    assert.deepEqual(missing(), []);
  });

  it("stop the start with the command to type when Redis is missing", () => {
    assert.throws(
      () => judgeMissing(missingPackages(bin()), "no route to host"),
      (error) => {
        assert.ok(error instanceof SetupError);
        assert.match(error.message, /^redis-server is missing \(apt-get said: no route to host\)/);
        assert.match(
          error.message,
          /apt-get update && apt-get install --no-install-recommends redis-server wireguard-go/,
        );
        return true;
      },
    );
  });

  it("are done without where only the data plane lacks them, and one line says so", () => {
    have("redis-server", "ip", "ping");
    const line = judgeMissing(missingPackages(bin())) ?? "";
    assert.match(
      line,
      /^wireguard-go wireguard-tools nftables missing: the VPN data plane will be simulated/,
    );
    assert.ok(!line.includes("\n"));
    assert.equal(judgeMissing([]), undefined);
  });

  it("of tests alone are skipped with one line, and in CI with none", () => {
    const lacking = missingPackages(bin(), TEST_PACKAGES);
    assert.match(
      judgeMissingForTests(lacking, undefined, false) ?? "",
      /^iptables busybox missing: suites of the data plane are skipped/,
    );
    if (canInstall()) assert.throws(() => judgeMissingForTests(lacking, "no", true), SetupError);
    have("iptables", "busybox");
    assert.equal(
      judgeMissingForTests(missingPackages(bin(), TEST_PACKAGES), undefined, true),
      undefined,
    );
  });
});
