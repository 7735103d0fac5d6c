import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "mocha";
import { measureMemory, megabytes, parentOf, pssOf } from "../../../local/commands/memory.ts";

describe("memory of a region by part", () => {
  it("reads a process's parent whatever its name holds", () => {
    assert.equal(parentOf("12 (a) b (c)) S 7 12 12 0 -1"), 7);
  });

  it("reads the proportional set size, where the kernel tells it", () => {
    assert.equal(pssOf("Rss:   900 kB\nPss:      45 kB\nPss_Dirty:  3 kB\n"), 45 * 1024);
    assert.equal(pssOf(""), undefined);
  });

  it("counts a part with the processes below it, in whatever process group", async () => {
    const script = "trap 'kill $!' TERM; setsid sleep 30 & echo; wait";
    const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
    await once(child.stdout, "data");
    const part = { name: "p", kind: "pod", state: "ready", pid: child.pid } as const;
    const gone = { ...part, name: "gone", pid: 4_000_000 };
    const { parts, cloudBytes, totalBytes } = measureMemory(process.pid, [part, gone]);
    child.stdout.destroy();
    const ended = once(child, "exit");
    child.kill();
    await ended;
    const [measured, lost] = parts;
    assert.ok((measured?.memoryBytes ?? 0) > 0);
    assert.equal(lost?.memoryBytes, undefined);
    assert.ok(totalBytes >= cloudBytes + (measured?.memoryBytes ?? 0));
    assert.match(megabytes(cloudBytes), /^\d+ MB$/);
  });
});
