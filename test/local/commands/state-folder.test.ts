import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { explain } from "../../../local/commands/explain.ts";
import { claimFolder, clearFolder } from "../../../local/commands/state-folder.ts";

describe("the state folder", () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "svpn-state-"))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const write = (name: string, text = ""): void => writeFileSync(join(dir, name), text);

  it("is claimed when it is empty but for locks, and known afterwards", () => {
    write("lock.json", "{}");
    write("lock.json.4000000", "{}");
    claimFolder(dir);
    assert.deepEqual(readdirSync(dir).sort(), ["lock.json", "version"]);
    write("other");
    assert.doesNotThrow(() => claimFolder(dir));
  });

  it("is claimed again after a kill in the very write of the version", () => {
    write("version");
    claimFolder(dir);
    assert.doesNotThrow(() => claimFolder(dir));
  });

  it("of another version is refused, with both ways on", () => {
    write("version", "7\n");
    assert.throws(
      () => claimFolder(dir),
      /layout 7, this one is 1.*Start with that version.*--fresh/,
    );
  });

  it("with somebody's files is refused and never cleared", () => {
    write("thesis.tex");
    assert.throws(() => claimFolder(dir), /not a region's \(thesis\.tex\)/);
    clearFolder(dir);
    assert.ok(existsSync(join(dir, "thesis.tex")));
  });

  it("is cleared but for the lock that its user holds", () => {
    claimFolder(dir);
    write("lock.json", "{}");
    mkdirSync(join(dir, "parts", "postgres"), { recursive: true });
    clearFolder(dir);
    assert.deepEqual(readdirSync(dir), ["lock.json"]);
  });

  it("that cannot be written is explained by what to set", () => {
    const failure = Object.assign(new Error("EACCES: permission denied, mkdir '/x'"), {
      code: "EACCES",
    });
    assert.match(explain(failure, dir), /mkdir '\/x'\. Set SECUREVPN_STATE to a folder/);
  });

  it("on a full disk is explained as that, whatever failed", () => {
    const failure = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
    });
    assert.match(
      explain(failure, join(dir, "not", "there")),
      /^the disk of .* is full \(\d+ MiB are free\)\. Make room/,
    );
    assert.equal(explain(new Error("otherwise"), dir), "otherwise");
  });
});
