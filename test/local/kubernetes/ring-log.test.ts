import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { lastLines } from "../../../local/kubernetes/kubelet-server.ts";
import { RingLog } from "../../../local/kubernetes/ring-log.ts";

describe("A container's log", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "securevpn-log-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("tells the runs of a container apart", () => {
    const log = new RingLog(join(directory, "a.log"));
    log.beginRun();
    log.append("first");
    log.beginRun();
    log.append("second");
    const { from } = log.currentRange();
    const previous = log.previousRange();
    assert.equal(log.read(from, log.size()).toString(), "second\n");
    assert.equal(log.read(previous.from, previous.to).toString(), "first\n");
  });

  it("keeps the newest whole lines within its limit", () => {
    const log = new RingLog(join(directory, "a.log"), 100);
    log.beginRun();
    for (let i = 0; i < 30; i++) log.append(`line ${i}`);
    log.trim();
    const kept = log.read(0, log.size()).toString();
    assert.ok(log.size() <= 50);
    assert.match(kept, /^line \d+\n/);
    assert.ok(kept.endsWith("line 29\n"));
  });

  it("gives the last lines", () => {
    const text = Buffer.from("a\nb\nc\n");
    assert.equal(lastLines(text, 2).toString(), "b\nc\n");
    assert.equal(lastLines(text, 9).toString(), "a\nb\nc\n");
    assert.equal(lastLines(text, 0).toString(), "");
    assert.equal(lastLines(Buffer.from("a\nb"), 1).toString(), "b");
  });
});
