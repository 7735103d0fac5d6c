import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { CrashBackoff } from "../../../local/kubernetes/crash-backoff.ts";

describe("back-off of a container that crashes", () => {
  it("restarts at once, then waits twice as long each time, a minute at most", () => {
    const backoff = new CrashBackoff();

    const waits = Array.from({ length: 9 }, () => backoff.after(10));

    assert.deepEqual(waits, [50, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it("starts anew after a run of more than a minute", () => {
    const backoff = new CrashBackoff();
    for (let crash = 0; crash < 4; crash++) backoff.after(10);

    const waits = [backoff.after(60_001), backoff.after(60_000)];

    assert.deepEqual(waits, [50, 1_000]);
  });
});
