import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { emailHash } from "../../../services/auth/domain/email.ts";
import { AuthClient, claimsOf, someone, tokensOf, wireguardKey } from "./client.ts";
import { SHARDS, TestRegion } from "./test-region.ts";

describe("accounts of a region with two shards", () => {
  let region: TestRegion;
  let auth: AuthClient;
  let other: AuthClient;

  before(async () => {
    region = await TestRegion.open();
    // Two pods start together: their migrations wait for one another.
    assert.deepEqual(
      await Promise.all([region.migrate(), region.migrate()]),
      [0, 0],
      region.logged,
    );
    const [first, second] = await Promise.all([region.startAuth(), region.startAuth()]);
    auth = new AuthClient(first.url);
    other = new AuthClient(second.url);
  });
  after(() => region?.close());

  const accountsOf = (email: string) =>
    region.everywhere("select id from accounts where email = $1", [email]);
  const entriesOf = (email: string) =>
    region.everywhere("select user_id, confirmed from email_directory where email_hash = $1", [
      emailHash(Buffer.from(region.emailKey, "hex"), email),
    ]);

  it("signs up, logs in at another pod however the address is written, and reads the account", async () => {
    const { email, passphrase } = someone();
    const made = await auth.signUp(email, passphrase);
    assert.equal(made.status, 201);
    const tokens = await other.login(email.toUpperCase(), passphrase);
    const account = await auth.call("GET", "/v1/account", { token: tokens.accessToken });
    assert.deepEqual(
      [account.status, account.body["id"], account.body["email"], account.body["tier"]],
      [200, made.body["id"], email, "FREE"],
    );
    const claims = claimsOf(tokens.accessToken);
    assert.equal(claims["sub"], made.body["id"]);
    assert.equal(claims["did"], undefined);
    assert.deepEqual(await entriesOf(email), [{ user_id: made.body["id"], confirmed: true }]);
  });

  it("spreads accounts over both shards, each id in its shard's range", async () => {
    for (let n = 0; n < 6; n++) {
      const { email, passphrase } = someone();
      assert.equal((await auth.signUp(email, passphrase)).status, 201);
    }
    for (const { shard, fromId, toId } of region.config.shardMap.ranges) {
      const rows = await region.sql(shard, "select id from accounts");
      assert.ok(rows.length >= 3, `${shard} has ${rows.length} accounts`);
      for (const { id } of rows)
        assert.ok(BigInt(String(id)) >= BigInt(fromId) && BigInt(String(id)) <= BigInt(toId));
    }
    for (const shard of SHARDS)
      assert.ok(
        (await region.sql(shard, "select from email_directory")).length > 0,
        `no directory entry on ${shard}`,
      );
  });

  it("makes one account of twenty sign-ups with one address at two pods at once", async () => {
    const { email } = someone();
    const passphrases = Array.from({ length: 20 }, () => someone().passphrase);
    const answers = await Promise.all(
      passphrases.map((passphrase, n) => (n % 2 === 0 ? auth : other).signUp(email, passphrase)),
    );
    // 503 says "try again": the winner's account was not there yet when the loser looked.
    for (const { status, body } of answers)
      assert.ok(status === 201 || status === 503, JSON.stringify(body));
    assert.ok(answers.some(({ status }) => status === 201));
    assert.equal((await accountsOf(email)).length, 1);
    assert.equal((await entriesOf(email)).length, 1);
    const logins = await Promise.all(
      passphrases.map((passphrase) =>
        auth.call("POST", "/v1/sessions", { body: { email, passphrase } }),
      ),
    );
    assert.equal(
      logins.filter(({ status }) => status === 201).length,
      1,
      "exactly the winner's passphrase works",
    );
  });

  it("does not tell whether an address has an account", async () => {
    const { email, passphrase } = someone();
    const first = await auth.signUp(email, passphrase);
    const again = await auth.signUp(email, someone().passphrase);
    assert.deepEqual(
      [again.status, Object.keys(again.body)],
      [first.status, Object.keys(first.body)],
    );
    const wrong = await auth.call("POST", "/v1/sessions", {
      body: { email, passphrase: "not the passphrase" },
    });
    const nobody = await auth.call("POST", "/v1/sessions", {
      body: { email: someone().email, passphrase: "not the passphrase" },
    });
    assert.deepEqual(
      [wrong.status, wrong.body["detail"], wrong.body["type"]],
      [401, nobody.body["detail"], nobody.body["type"]],
    );
    assert.equal(nobody.status, 401);
    await auth.login(email, passphrase);
  });

  it("finishes or takes over what a dead sign-up left", async () => {
    const died = someone();
    const hash = emailHash(Buffer.from(region.emailKey, "hex"), died.email);
    const shard = region.config.shardMap.directory[(hash[0] ?? 0) % 2] ?? "";
    const age = (seconds: number) =>
      region.sql(
        shard,
        "update email_directory set reserved_at = now() - make_interval(secs => $2) where email_hash = $1",
        [hash, seconds],
      );
    // Died between reservation and account.
    await region.sql(
      shard,
      "insert into email_directory (email_hash, user_id) values ($1, 4611686018427392000)",
      [hash],
    );
    const early = await auth.signUp(died.email, died.passphrase);
    assert.deepEqual([early.status, early.headers.get("retry-after")], [503, "5"]);
    await age(31);
    assert.equal((await auth.signUp(died.email, died.passphrase)).status, 201);
    await auth.login(died.email, died.passphrase);
    // Died between account and confirmation: the account stands.
    await region.sql(shard, "update email_directory set confirmed = false where email_hash = $1", [
      hash,
    ]);
    await age(3600);
    await auth.signUp(died.email, someone().passphrase);
    await auth.login(died.email, died.passphrase);
    assert.deepEqual(
      (await entriesOf(died.email)).map((row) => row["confirmed"]),
      [true],
    );
    assert.equal((await accountsOf(died.email)).length, 1);
  });

  it("holds passphrases to length and breaches, not to composition", async () => {
    const { email } = someone();
    for (const bad of [
      "short",
      "fourteen chars",
      "passwordpassword",
      "aaaaaaaaaaaaaaaaaaaa",
      "x".repeat(300),
    ]) {
      assert.equal((await auth.signUp(email, bad)).status, 400, bad);
    }
    assert.equal((await auth.signUp(email, "🐢 turtles like to swim slowly")).status, 201);
    await auth.login(email, "🐢 turtles like to swim slowly");
    const stored = (
      await region.everywhere("select password_hash from accounts where email = $1", [email])
    )[0]?.["password_hash"];
    assert.match(String(stored), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it("ends every other session with a new passphrase, also a login that was under way", async () => {
    const { email, passphrase } = someone();
    const next = someone().passphrase;
    await auth.signUp(email, passphrase);
    const [mine, stolen] = [
      await auth.login(email, passphrase),
      await auth.login(email, passphrase),
    ];
    const patch = { currentPassphrase: passphrase, passphrase: next };
    assert.equal(
      (
        await auth.call("PATCH", "/v1/account", {
          token: mine.accessToken,
          body: { ...patch, currentPassphrase: "wrong wrong wrong" },
        })
      ).status,
      401,
    );
    const [changed, ...racing] = await Promise.all([
      auth.call("PATCH", "/v1/account", { token: mine.accessToken, body: patch }),
      ...Array.from({ length: 6 }, () =>
        other.call("POST", "/v1/sessions", { body: { email, passphrase } }),
      ),
    ]);
    assert.equal(changed.status, 204);
    assert.equal((await auth.call("GET", "/v1/account", { token: mine.accessToken })).status, 200);
    for (const tokens of [stolen, ...racing.filter(({ status }) => status === 201).map(tokensOf)]) {
      assert.equal(
        (await auth.call("GET", "/v1/account", { token: tokens.accessToken })).status,
        401,
      );
      assert.equal((await auth.refresh(tokens.refreshToken)).status, 401);
    }
    assert.equal(
      (await auth.call("POST", "/v1/sessions", { body: { email, passphrase } })).status,
      401,
    );
    await auth.login(email, next);
  });

  it("erases an account from every shard, and lets its address sign up anew", async () => {
    const { email, passphrase } = someone();
    const { body } = await auth.signUp(email, passphrase);
    const { accessToken, refreshToken } = await auth.login(email, passphrase);
    const publicKey = wireguardKey();
    await auth.addDevice(accessToken, publicKey);
    assert.equal(
      (
        await auth.call("DELETE", "/v1/account", {
          token: accessToken,
          body: { passphrase: "wrong wrong wrong" },
        })
      ).status,
      401,
    );
    assert.equal(
      (await auth.call("DELETE", "/v1/account", { token: accessToken, body: { passphrase } }))
        .status,
      204,
    );
    assert.equal((await auth.call("GET", "/v1/account", { token: accessToken })).status, 401);
    assert.equal((await auth.refresh(refreshToken)).status, 401);
    for (const table of [
      "accounts where id",
      "devices where user_id",
      "sessions where user_id",
      "email_directory where user_id",
      "device_keys where user_id",
    ]) {
      assert.deepEqual(
        await region.everywhere(`select from ${table} = $1`, [body["id"]]),
        [],
        table,
      );
    }
    const again = await auth.signUp(email, passphrase);
    assert.notEqual(again.body["id"], body["id"]);
    await auth.addDevice((await auth.login(email, passphrase)).accessToken, publicKey);
  });

  it("frees an address whose erasure was cut off", async () => {
    const { email, passphrase } = someone();
    const { body } = await auth.signUp(email, passphrase);
    await region.everywhere("delete from accounts where id = $1", [body["id"]]);
    assert.equal((await auth.signUp(email, passphrase)).status, 201);
    await auth.login(email, passphrase);
  });

  it("says the plans with an ETag, and the subscription of an account", async () => {
    const plans = await auth.call("GET", "/v1/plans");
    assert.ok(Array.isArray(plans.body["plans"]) && plans.body["plans"].length === 4);
    const etag = plans.headers.get("etag") ?? "";
    assert.equal(
      (await auth.call("GET", "/v1/plans", { headers: { "if-none-match": etag } })).status,
      304,
    );
    const { email, passphrase } = someone();
    await auth.signUp(email, passphrase);
    const { accessToken } = await auth.login(email, passphrase);
    const { status, body } = await auth.call("GET", "/v1/account/subscription", {
      token: accessToken,
    });
    assert.deepEqual([status, body["tier"]], [200, "FREE"]);
  });

  it("refuses bad bodies with problems, never with a 500", async () => {
    const { email, passphrase } = someone();
    await auth.signUp(email, passphrase);
    const { accessToken: token } = await auth.login(email, passphrase);
    const bodies: [string, string, unknown, number][] = [
      ["POST", "/v1/accounts", "{", 400],
      ["POST", "/v1/accounts", { email, passphrase, tier: "ULTIMATE" }, 400],
      ["POST", "/v1/accounts", { email: "a@b", passphrase }, 400],
      ["POST", "/v1/accounts", { email: ["a@example.com"], passphrase }, 400],
      ["POST", "/v1/accounts", { email: "a\u0000@example.com", passphrase }, 400],
      ["POST", "/v1/accounts", { email, passphrase: "x".repeat(20_000) }, 413],
      ["POST", "/v1/sessions", { email, passphrase, deviceId: "not-a-uuid" }, 400],
      [
        "POST",
        "/v1/sessions",
        { email, passphrase, deviceId: "7d444840-9dc0-11d1-b245-5ffdce74fad2" },
        404,
      ],
      ["POST", "/v1/sessions/refresh", { refreshToken: "x" }, 401],
      ["POST", "/v1/sessions/refresh", { refreshToken: null }, 400],
      ["POST", "/v1/devices", { name: "a\u0000b", publicKey: wireguardKey() }, 400],
      ["POST", "/v1/devices", { name: "", publicKey: wireguardKey() }, 400],
      ["DELETE", "/v1/sessions/not-a-uuid", undefined, 400],
      ["DELETE", "/v1/devices/%00", undefined, 400],
      [
        "PUT",
        "/v1/devices/7d444840-9dc0-11d1-b245-5ffdce74fad2/key",
        { publicKey: wireguardKey() },
        404,
      ],
    ];
    for (const [method, path, body, status] of bodies) {
      const answer = await auth.call(method, path, { token, body });
      assert.equal(
        answer.status,
        status,
        `${method} ${path} ${JSON.stringify(body ?? null).slice(0, 80)}: ${JSON.stringify(answer.body)}`,
      );
      assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
    }
    assert.equal((await auth.call("GET", "/v1/account")).status, 401);
    assert.equal((await auth.call("GET", "/v1/account", { token: "a.b.c" })).status, 401);
  });

  it("logs and counts nothing that names a person", async () => {
    const { email, passphrase } = someone();
    await auth.signUp(email, passphrase);
    const { accessToken, refreshToken } = await auth.login(email, passphrase);
    for (const secret of [
      email,
      passphrase,
      accessToken,
      refreshToken,
      String(claimsOf(accessToken)["sub"]),
    ])
      assert.ok(!region.logged.includes(secret));
  });
});
