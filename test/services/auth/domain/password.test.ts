import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  passphraseFault,
  PasswordHasher,
  POLICY,
} from "../../../../services/auth/domain/password.ts";
import { Unavailable } from "../../../../services/shared/errors.ts";

describe("passphrases", () => {
  it("verify against their own hash alone, in either Unicode spelling", async () => {
    const hasher = new PasswordHasher({ concurrency: 2, queue: 8 });
    const phc = await hasher.hash("caf\u00e9 au lait, please");
    assert.deepEqual(await hasher.verify(phc, "cafe\u0301 au lait, please"), {
      ok: true,
      outdated: false,
    });
    assert.equal((await hasher.verify(phc, "cafe au lait, please")).ok, false);
    assert.notEqual(await hasher.hash("caf\u00e9 au lait, please"), phc);
  });

  it("are known to be hashed by an older policy", async () => {
    const hasher = new PasswordHasher({ concurrency: 1, queue: 1 });
    const phc = await hasher.hash("an ordinary passphrase");
    const older = phc.replace(`m=${POLICY.memoryKib}`, "m=9728");
    assert.deepEqual(await hasher.verify(older, "an ordinary passphrase"), {
      ok: false,
      outdated: true,
    });
    await assert.rejects(hasher.verify("$2b$10$abc", "an ordinary passphrase"), /no argon2id/);
  });

  it("are hashed a few at a time; past the queue callers are told to come back", async () => {
    const hasher = new PasswordHasher({ concurrency: 1, queue: 3 });
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => hasher.hash("an ordinary passphrase")),
    );
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 4);
    for (const result of results)
      if (result.status === "rejected") assert.ok(result.reason instanceof Unavailable);
    await hasher.hash("an ordinary passphrase");
  });

  it("are judged by length in characters and by breaches", () => {
    assert.equal(passphraseFault("🐢🐇🦔🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧"), undefined);
    assert.match(passphraseFault("🐢🐇🦔🦊🐻🐼🐨") ?? "", /at least 15/);
    assert.match(passphraseFault("CorrectHorseBatteryStaple") ?? "", /breaches/);
    assert.match(passphraseFault("abababababababab") ?? "", /breaches/);
  });
});
