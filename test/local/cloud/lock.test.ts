import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { holderOfState, lockState } from "../../../local/cloud/lock.ts";

describe("lock of a state folder", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "svpn-lock-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("tells the second start where the first runs", () => {
    const unlock = lockState(dir, "npm start");
    assert.throws(
      () => lockState(dir, "npm start"),
      new RegExp(`npm start already runs as process ${process.pid}`),
    );
    unlock();
    assert.equal(holderOfState(dir), undefined);
  });

  it("takes over the lock of a process that is gone", () => {
    const gone = {
      pid: 4_000_000,
      startTicks: "1",
      what: "npm start",
      since: "2026-01-01T00:00:00Z",
    };
    writeFileSync(join(dir, "lock.json"), JSON.stringify(gone));
    assert.equal(holderOfState(dir), undefined);
    lockState(dir, "npm start")();
    assert.equal(existsSync(join(dir, "lock.json")), false);
  });

  it("takes over the lock of a process whose number another one has now", () => {
    const reused = {
      pid: process.pid,
      startTicks: "1",
      what: "npm start",
      since: "2026-01-01T00:00:00Z",
    };
    writeFileSync(join(dir, "lock.json"), JSON.stringify(reused));
    assert.doesNotThrow(() => lockState(dir, "npm start")());
  });

  it("takes over a lock file that was cut short", () => {
    writeFileSync(join(dir, "lock.json"), '{"pid": 12');
    assert.doesNotThrow(() => lockState(dir, "npm start")());
  });
});
