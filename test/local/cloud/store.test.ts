import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Store } from "../../../local/cloud/store.ts";

describe("store of the embedded cloud", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "svpn-store-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("brings the same records back in the next run", () => {
    new Store<{ a: number }>(dir).set("urn:one", { a: 1 });
    assert.deepEqual(new Store<{ a: number }>(dir).entries(), [["urn:one", { a: 1 }]]);
  });

  it("forgets a deleted record for good", () => {
    const store = new Store<number>(dir);
    store.set("x", 1);
    store.delete("x");
    assert.equal(store.get("x"), undefined);
    assert.deepEqual(new Store<number>(dir).entries(), []);
  });

  it("drops the half-written file of a run that was killed", () => {
    new Store<number>(dir).set("x", 1);
    writeFileSync(join(dir, "abc.json.99.tmp"), '{"key":');
    assert.deepEqual(new Store<number>(dir).entries(), [["x", 1]]);
    assert.equal(readdirSync(dir).length, 1);
  });
});
