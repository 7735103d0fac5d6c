import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import pg from "pg";
import { PartAddresses } from "../../../local/parts/part-addresses.ts";
import { PostgresFleet, type DatabaseSpec } from "../../../local/parts/postgres.ts";
import { testContext, type TestContext } from "../../support/cloud-context.ts";
import { eventually } from "../../support/waiting.ts";

const PRIMARY: DatabaseSpec = {
  identifier: "shard-0",
  region: "local",
  masterUser: "owner",
  databaseName: "app",
  parameters: {},
};
const REPLICA: DatabaseSpec = {
  identifier: "shard-0-replica-0",
  region: "local",
  replicaOf: "shard-0",
  parameters: {},
};

describe("the databases of the embedded cloud", () => {
  let test: TestContext;
  let fleet: PostgresFleet;

  /** Small WAL limits make a replica fall behind in a test. */
  const overrides = {
    max_slot_wal_keep_size: "48MB",
    min_wal_size: "32MB",
    max_wal_size: "32MB",
    fsync: "off",
  };
  const open = (): PostgresFleet =>
    new PostgresFleet(test.context, new PartAddresses(test.context), overrides);

  async function query(
    identifier: string,
    text: string,
    password = "first",
    ssl = true,
  ): Promise<Record<string, unknown>[]> {
    const { ip, port, address } = fleet.endpoint(identifier);
    const client = new pg.Client({
      host: ip,
      port,
      user: "owner",
      password,
      database: "app",
      ...(ssl ? { ssl: { ca: test.context.ca.pem, servername: address } } : {}),
    });
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  before(async () => {
    test = await testContext();
    fleet = open();
    await fleet.create(PRIMARY, "first");
    await query("shard-0", "create table note (text text)");
    await query("shard-0", "insert into note values ('before')");
  });
  after(async () => {
    await fleet.stop();
    test.remove();
  });

  it("lets the master user in over verified TLS with its password, and nobody else", async () => {
    assert.deepEqual(
      await query(
        "shard-0",
        "select current_user as me, ssl from pg_stat_ssl where pid = pg_backend_pid()",
      ),
      [{ me: "owner", ssl: true }],
    );
    await assert.rejects(query("shard-0", "select 1", "wrong"), /password authentication failed/);
    await assert.rejects(
      query("shard-0", "select 1", "first", false),
      /no pg_hba.conf entry|no encryption/,
    );
    await assert.rejects(query("shard-0", "create role x superuser"), /permission denied/);
  });

  it("is known by its name in the zone and as a ready part", () => {
    const { address, ip } = fleet.endpoint("shard-0");
    assert.equal(address, "shard-0.local.rds.internal");
    assert.equal(test.context.zone.resolve(address), ip);
    assert.equal(test.context.parts.get("postgres/shard-0")?.state, "ready");
  });

  it("streams to a replica that refuses writes", async () => {
    await fleet.create(REPLICA);
    await query("shard-0", "insert into note values ('streamed')");
    await eventually(
      "the row is on the replica",
      async () => (await query("shard-0-replica-0", "select * from note")).length === 2,
    );
    await assert.rejects(query("shard-0-replica-0", "insert into note values ('no')"), {
      code: "25006",
    });
  });

  it("changes nothing when a create is repeated", async () => {
    const pid = test.context.parts.get("postgres/shard-0")?.pid;
    assert.deepEqual(await fleet.create(PRIMARY, "first"), fleet.endpoint("shard-0"));
    assert.equal(test.context.parts.get("postgres/shard-0")?.pid, pid);
    assert.ok((await query("shard-0", "select * from note")).length >= 1);
  });

  it("takes a new password, on the replica too", async () => {
    await fleet.update(PRIMARY, "second");
    await assert.rejects(query("shard-0", "select 1", "first"), /password authentication failed/);
    await query("shard-0", "select 1", "second");
    await eventually("the replica knows it", () =>
      query("shard-0-replica-0", "select 1", "second").then(
        () => true,
        () => false,
      ),
    );
    await fleet.update(PRIMARY, "first");
  });

  it("applies parameters, restarts for those that need it, and refuses bad ones by name", async () => {
    const show = async (name: string): Promise<unknown> =>
      (await query("shard-0", `show ${name}`))[0]?.[name];
    await fleet.update({
      ...PRIMARY,
      parameters: { log_min_duration_statement: "1234", "rds.force_ssl": "1" },
    });
    assert.equal(await show("log_min_duration_statement"), "1234ms");
    await fleet.update({ ...PRIMARY, parameters: { track_activity_query_size: "2048" } });
    assert.equal(await show("track_activity_query_size"), "2kB");
    assert.equal(await show("log_min_duration_statement"), "-1");
    await assert.rejects(fleet.update({ ...PRIMARY, parameters: { no_such: "1" } }), /no_such/);
    await assert.rejects(
      fleet.update({ ...PRIMARY, parameters: { log_min_duration_statement: "soon" } }),
      /log_min_duration_statement/,
    );
    await fleet.update(PRIMARY);
  });

  it("comes back with its data after its process was killed", async () => {
    const part = test.context.parts.get("postgres/shard-0");
    assert.ok(part?.pid);
    process.kill(part.pid, "SIGKILL");
    await eventually("it restarts", () => {
      const now = test.context.parts.get("postgres/shard-0");
      return now?.state === "ready" && now.pid !== part.pid;
    });
    assert.ok((await query("shard-0", "select * from note where text = 'before'")).length === 1);
    await query("shard-0", "insert into note values ('after the crash')");
    await eventually(
      "the replica streams again",
      async () =>
        (await query("shard-0-replica-0", "select * from note where text = 'after the crash'"))
          .length === 1,
    );
  });

  it("clones a replica anew that fell too far behind", async () => {
    await fleet.server("shard-0-replica-0")?.stop();
    for (let round = 0; round < 6; round++) {
      await query(
        "shard-0",
        "insert into note select repeat('x', 1000) from generate_series(1, 16000)",
      );
      await fleet.server("shard-0")?.query("select pg_switch_wal()");
      await fleet.server("shard-0")?.query("checkpoint");
    }
    await eventually("the cloud says so", () =>
      test.said.some((line) => line.includes("shard-0-replica-0 fell too far behind")),
    );
    await query("shard-0", "insert into note values ('after the clone')");
    const arrived = (): Promise<boolean> =>
      query("shard-0-replica-0", "select * from note where text = 'after the clone'").then(
        (rows) => rows.length === 1,
        () => false,
      );
    await eventually("the row is on the clone", arrived);
  });

  it("keeps its data, names and addresses over a restart of the cloud", async () => {
    const before = fleet.endpoint("shard-0");
    const rows = (await query("shard-0", "select count(*) from note"))[0];
    await fleet.stop();
    fleet = open();
    await fleet.revive();
    assert.deepEqual(fleet.endpoint("shard-0"), before);
    assert.deepEqual((await query("shard-0", "select count(*) from note"))[0], rows);
    await eventually(
      "the replica has them",
      async () =>
        (await query("shard-0-replica-0", "select count(*) from note"))[0]?.["count"] ===
        rows?.["count"],
    );
  });

  it("leaves neither data nor slot behind when it is deleted", async () => {
    await fleet.delete("shard-0-replica-0");
    assert.deepEqual(
      await fleet.server("shard-0")?.query("select slot_name from pg_replication_slots"),
      [],
    );
    await fleet.delete("shard-0");
    await fleet.delete("shard-0");
    assert.ok(!existsSync(join(test.context.stateDir, "parts", "postgres", "shard-0")));
    assert.equal(test.context.zone.resolve("shard-0.local.rds.internal"), undefined);
    assert.deepEqual(test.context.parts.list(), []);
  });
});
