import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ReplicaFreshness } from "../../../services/shared/replica-freshness.ts";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a replica's freshness", () => {
  it("is asked every two seconds, not with every read", async () => {
    let now = 0;
    let asked = 0;
    const replica = new ReplicaFreshness(
      async () => {
        asked += 1;
        return 0;
      },
      () => now,
    );
    for (const at of [0, 500, 1_999, 2_000, 3_000]) {
      now = at;
      assert.equal(await replica.isFresh(), true);
    }
    assert.equal(asked, 2);
  });

  it("is denied to a replica that lags, receives nothing or does not answer, and given back", async () => {
    let now = 0;
    let answer: () => Promise<number | null> = async () => 5.1;
    const replica = new ReplicaFreshness(
      () => answer(),
      () => now,
    );
    const verdict = async (): Promise<boolean> => {
      now += 2_000;
      await replica.isFresh();
      await settle();
      return replica.isFresh();
    };
    assert.equal(await verdict(), false);
    answer = async () => 0.2;
    assert.equal(await verdict(), true);
    answer = async () => null;
    assert.equal(await verdict(), false);
    answer = () => Promise.reject(new Error("down"));
    assert.equal(await verdict(), false);
    answer = async () => 0;
    assert.equal(await verdict(), true);
    replica.distrust();
    assert.equal(await replica.isFresh(), false);
  });
});
