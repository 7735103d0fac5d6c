import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { after, before, describe, it } from "mocha";
import { bundle } from "../../../infra/lib/bundle.ts";
import { assertWithin, eventually, soon } from "../../support/waiting.ts";
import { AuthClient, claimsOf, someone, tokensOf, type Tokens } from "./client.ts";
import { SHARDS, TestRegion } from "./test-region.ts";

/** What fits a ConfigMap beside its metadata. */
const BUNDLE_LIMIT_BYTES = 700 * 1024;

describe("auth under faults", () => {
  let region: TestRegion;
  let auth: AuthClient;
  let child: ChildProcess;
  let internalUrl: string;
  let url: string;

  before(async () => {
    region = await TestRegion.open({ replicas: 1 });
    assert.equal(await region.migrate(), 0, region.logged);
    ({ url, internalUrl, child } = await region.startAuth());
    auth = new AuthClient(url);
  });
  after(() => region?.close());

  type Person = Tokens & { email: string; passphrase: string };

  /** An account on a given shard. */
  async function personOn(shard: string): Promise<Person> {
    const range = region.config.shardMap.ranges.find((r) => r.shard === shard);
    assert.ok(range !== undefined);
    for (let attempt = 0; attempt < 40; attempt++) {
      const person = someone();
      const { body } = await auth.signUp(person.email, person.passphrase);
      const id = BigInt(String(body["id"]));
      if (id >= BigInt(range.fromId) && id <= BigInt(range.toId))
        return { ...person, ...(await auth.login(person.email, person.passphrase)) };
    }
    throw new Error(`no account came to ${shard}`);
  }

  const account = (person: Person) =>
    auth.call("GET", "/v1/account", { token: person.accessToken });

  it("ships in bundles that fit a ConfigMap", () => {
    for (const entry of ["services/auth/main.ts", "services/auth/migrate.ts"]) {
      const { bytes } = bundle(entry);
      assert.ok(bytes < BUNDLE_LIMIT_BYTES, `${entry}: ${bytes} bytes`);
    }
  });

  it("migrates again without a change, and never sets the next user id back", async () => {
    const before = await region.everywhere(
      "select name, applied_at from schema_migrations order by 1, 2",
    );
    assert.equal(await region.migrate(), 0);
    assert.deepEqual(
      await region.everywhere("select name, applied_at from schema_migrations order by 1, 2"),
      before,
    );
    const [taken] = await region.sql(SHARDS[0], "select next_id > from_id as taken from id_ranges");
    await personOn(SHARDS[0]);
    assert.equal(await region.migrate(), 0);
    const [kept] = await region.sql(SHARDS[0], "select next_id > from_id as taken from id_ranges");
    assert.deepEqual(
      [taken?.["taken"], kept?.["taken"]],
      [false, true],
      "the next id is never set back",
    );
  });

  it("lets its role do its work and no more, and the selector see no secret", async () => {
    const denied = { code: "42501" };
    await assert.rejects(region.sql(SHARDS[0], "create table mine (id int)", [], "auth"), denied);
    await assert.rejects(region.sql(SHARDS[0], "drop table accounts", [], "auth"), denied);
    await assert.rejects(region.sql(SHARDS[0], "truncate sessions", [], "auth"), denied);
    await region.sql(
      SHARDS[0],
      "select id, user_id, revoked_at, expires_at from sessions",
      [],
      "selector",
    );
    await assert.rejects(
      region.sql(SHARDS[0], "select refresh_hash from sessions", [], "selector"),
      denied,
    );
    await assert.rejects(
      region.sql(SHARDS[0], "select email from accounts", [], "selector"),
      denied,
    );
    await assert.rejects(
      region.sql(SHARDS[0], "select password_hash from accounts", [], "selector"),
      denied,
    );
    await assert.rejects(
      region.sql(SHARDS[0], "update sessions set revoked_at = now()", [], "selector"),
      denied,
    );
  });

  it("works as before while the cache is gone, revocation included", async () => {
    const person = await personOn(SHARDS[0]);
    await region.redis.delete("cache");
    const from = performance.now();
    const refreshed = tokensOf(await auth.refresh(person.refreshToken));
    assert.equal(
      (await auth.call("DELETE", "/v1/sessions/current", { token: refreshed.accessToken })).status,
      204,
    );
    assertWithin("a request without the cache", performance.now() - from, 1_500);
    assert.equal((await account({ ...person, ...refreshed })).status, 401);
    assert.equal((await fetch(`${internalUrl}/readyz`)).status, 200);
  });

  it("answers 503 at once for users of a shard that is down, and serves all others", async () => {
    const [up, down] = [await personOn(SHARDS[0]), await personOn(SHARDS[1])];
    await region.postgres.server(SHARDS[1])?.stop();
    const from = performance.now();
    const answers = await Promise.all(Array.from({ length: 10 }, () => account(down)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [503]);
    assertWithin("the answers", performance.now() - from, 3_000);
    assert.ok(Number(answers[0]?.headers.get("retry-after")) >= 1);
    assert.equal((await account(up)).status, 200);
    tokensOf(await auth.refresh(up.refreshToken));
    // Sign-ups go to the shard that is there; those whose address belongs to the other's directory wait.
    const statuses = await Promise.all(
      Array.from({ length: 12 }, () => someone()).map(
        async ({ email, passphrase }) => (await auth.signUp(email, passphrase)).status,
      ),
    );
    assert.deepEqual([...new Set(statuses)].sort(), [201, 503]);
    assert.equal(
      (await fetch(`${internalUrl}/readyz`)).status,
      200,
      "a shard that is down takes no pod out",
    );
    await region.postgres.server(SHARDS[1])?.start();
    await eventually(
      "its users are served again, by the same process",
      async () => (await account(down)).status === 200,
    );
  });

  it("gets over every connection being cut at once", async () => {
    const person = await personOn(SHARDS[0]);
    await Promise.all(Array.from({ length: 10 }, () => account(person)));
    await region.postgres
      .server(SHARDS[0])
      ?.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'securevpn_auth'",
      );
    await soon("it answers", 3_000, async () => (await account(person)).status === 200);
    assert.equal(child.exitCode, null);
  });

  it("drops its pool when the primary has become a replica", async () => {
    const person = await personOn(SHARDS[0]);
    const admin = region.postgres.server(SHARDS[0]);
    // A demoted primary refuses writes with 25006 on every connection that it kept.
    await admin?.query("alter database securevpn set default_transaction_read_only = on");
    await admin?.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'securevpn_auth'",
    );
    await soon(
      "writes are refused",
      5_000,
      async () => (await auth.refresh(person.refreshToken)).status === 503,
    );
    await admin?.query("alter database securevpn set default_transaction_read_only = off");
    // New connections see the change; had the pool kept its old ones, they would go on refusing.
    assert.equal((await auth.refresh(person.refreshToken)).status, 200);
  });

  it("reads subscriptions from the replica, and from the primary when the replica lags or is gone", async () => {
    const person = await personOn(SHARDS[0]);
    const id = claimsOf(person.accessToken)["sub"];
    const replica = `${SHARDS[0]}-r0`;
    const tier = async () =>
      (await auth.call("GET", "/v1/account/subscription", { token: person.accessToken })).body[
        "tier"
      ];
    const set = (value: string) =>
      region.sql(
        SHARDS[0],
        "insert into subscriptions (user_id, tier) values ($1, $2) on conflict (user_id) do update set tier = excluded.tier",
        [id, value],
      );
    await set("BASIC");
    await eventually("the replica has it", async () => (await tier()) === "BASIC");
    // Replay stops: the replica would go on saying BASIC.
    await region.postgres.server(replica)?.query("select pg_wal_replay_pause()");
    await set("PREMIUM");
    assert.equal(await tier(), "BASIC", "the replica is asked");
    await soon(
      "the primary is asked once the replica lags",
      20_000,
      async () => (await tier()) === "PREMIUM",
    );
    await region.postgres.server(replica)?.query("select pg_wal_replay_resume()");
    await region.postgres.server(replica)?.stop();
    await set("ULTIMATE");
    assert.equal(await tier(), "ULTIMATE");
  });

  it("answers 503, not 500, when hundreds log in at once, and recovers", async () => {
    const person = await personOn(SHARDS[0]);
    const body = { email: person.email, passphrase: person.passphrase };
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => auth.call("POST", "/v1/sessions", { body })),
    );
    const count = (status: number): number =>
      answers.filter((answer) => answer.status === status).length;
    assert.equal(
      count(201) + count(503),
      300,
      JSON.stringify([...new Set(answers.map(({ status }) => status))]),
    );
    assert.ok(count(201) >= 64);
    await auth.login(person.email, person.passphrase);
  });

  it("finishes what runs when it is told to stop, then ends with 0", async () => {
    const person = await personOn(SHARDS[0]);
    const body = { email: person.email, passphrase: person.passphrase };
    const running = Array.from({ length: 20 }, () => auth.call("POST", "/v1/sessions", { body }));
    await eventually("a request runs", async () =>
      /securevpn_auth_attempts_total/.test(await (await fetch(`${internalUrl}/metrics`)).text()),
    );
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const answers = await Promise.allSettled(running);
    assert.ok(
      answers.every((answer) => answer.status === "fulfilled" && answer.value.status === 201),
    );
    assert.equal(await ended, 0);
    await assert.rejects(fetch(`${url}/v1/plans`));
  });
});
