import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { AuthClient, claimsOf, someone, tokensOf, wireguardKey, type Tokens } from "./client.ts";
import { SHARDS, TestRegion } from "./test-region.ts";

describe("devices", () => {
  let region: TestRegion;
  let auth: AuthClient;
  let other: AuthClient;

  before(async () => {
    region = await TestRegion.open();
    assert.equal(await region.migrate(), 0, region.logged);
    const [first, second] = await Promise.all([region.startAuth(), region.startAuth()]);
    auth = new AuthClient(first.url);
    other = new AuthClient(second.url);
  });
  after(() => region?.close());

  /** An account of a tier, logged in. */
  async function subscriber(tier = "FREE"): Promise<Tokens & { id: string }> {
    const { email, passphrase } = someone();
    const { body } = await auth.signUp(email, passphrase);
    await region.everywhere("update accounts set tier = $2 where id = $1", [body["id"], tier]);
    return { id: String(body["id"]), ...(await auth.login(email, passphrase)) };
  }

  const remove = (token: string, id: unknown) =>
    auth.call("DELETE", `/v1/devices/${String(id)}`, { token });

  it("get an address of their own, and the next access token carries key and addresses", async () => {
    const user = await subscriber();
    const publicKey = wireguardKey();
    const made = await auth.addDevice(user.accessToken, publicKey);
    assert.equal(made.status, 201);
    const claims = claimsOf(tokensOf(await other.refresh(user.refreshToken)).accessToken);
    assert.deepEqual(
      [claims["did"], claims["dpk"], claims["tun"]],
      [made.body["id"], publicKey, made.body["addresses"]],
    );
    const [v4, v6] = [made.body["addresses"]].flat();
    assert.match(String(v4), /^100\.64\.[0-3]\.\d+\/32$/);
    assert.match(String(v6), /^fd5e:7665:706e::[0-9a-f]+\/128$/);
  });

  it("never share an address, with forty added at once on two shards by two pods", async () => {
    const users = await Promise.all(Array.from({ length: 8 }, () => subscriber("PREMIUM")));
    const answers = await Promise.all(
      users.flatMap(({ accessToken }) =>
        Array.from({ length: 5 }, (_, n) => (n % 2 === 0 ? auth : other).addDevice(accessToken)),
      ),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
    const indexes = (await region.everywhere("select tunnel_index from devices")).map(
      (row) => row["tunnel_index"],
    );
    assert.equal(new Set(indexes).size, indexes.length);
    for (const shard of SHARDS)
      assert.ok(
        (await region.sql(shard, "select from devices")).length > 0,
        `no device on ${shard}`,
      );
  });

  it("stay within the tier's number, also when all are added at once", async () => {
    for (const [tier, max] of [
      ["FREE", 1],
      ["BASIC", 3],
      ["ULTIMATE", 10],
    ] as const) {
      const user = await subscriber(tier);
      const answers = await Promise.all(
        Array.from({ length: max + 4 }, (_, n) =>
          (n % 2 === 0 ? auth : other).addDevice(user.accessToken),
        ),
      );
      assert.equal(answers.filter(({ status }) => status === 201).length, max, tier);
      assert.equal(answers.filter(({ status }) => status === 409).length, 4, tier);
      const { body } = await auth.call("GET", "/v1/devices", { token: user.accessToken });
      assert.ok(Array.isArray(body["devices"]));
      assert.equal(body["devices"].length, max);
      assert.equal((await remove(user.accessToken, body["devices"][0].id)).status, 204);
      const [counted] = await region.everywhere("select device_count from accounts where id = $1", [
        user.id,
      ]);
      assert.equal(counted?.["device_count"], max - 1);
    }
  });

  it("refuse keys that are low-order, not canonical or no key at all", async () => {
    const { accessToken } = await subscriber();
    const high = Buffer.from(wireguardKey(), "base64");
    high[31] = (high[31] ?? 0) | 0x80;
    const lowOrder = [
      "00".repeat(32),
      `01${"00".repeat(31)}`,
      `ec${"ff".repeat(30)}7f`,
      `ed${"ff".repeat(30)}7f`,
      `ee${"ff".repeat(30)}7f`,
    ];
    const bad = [
      ...lowOrder.map((hex) => Buffer.from(hex, "hex").toString("base64")),
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      high.toString("base64"),
      wireguardKey().slice(0, -1),
      wireguardKey().replace("=", ""),
      `${wireguardKey()}\n`,
      `${wireguardKey().slice(0, 42)}B=`,
      "",
    ];
    for (const publicKey of bad)
      assert.equal(
        (await auth.addDevice(accessToken, publicKey)).status,
        400,
        JSON.stringify(publicKey),
      );
    assert.equal((await auth.addDevice(accessToken)).status, 201);
  });

  it("never share a key, over accounts, shards and pods", async () => {
    const publicKey = wireguardKey();
    const users = await Promise.all(Array.from({ length: 6 }, () => subscriber("BASIC")));
    assert.ok(
      new Set(users.map(({ id }) => BigInt(id) < 4611686018427392904n)).size === 2,
      "users on both shards",
    );
    const answers = await Promise.all(
      users.map(({ accessToken }, n) =>
        (n % 2 === 0 ? auth : other).addDevice(accessToken, publicKey),
      ),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409]);
    const owner = users[answers.findIndex(({ status }) => status === 201)];
    const loser = users.find((user) => user !== owner);
    assert.ok(owner !== undefined && loser !== undefined);
    assert.equal(
      (await auth.addDevice(owner.accessToken, publicKey)).status,
      409,
      "nor within one account",
    );
    // By way of a key change neither.
    const mine = await auth.addDevice(loser.accessToken);
    assert.equal(
      (
        await auth.call("PUT", `/v1/devices/${String(mine.body["id"])}/key`, {
          token: loser.accessToken,
          body: { publicKey },
        })
      ).status,
      409,
    );
    assert.equal(
      (await region.everywhere("select from devices where public_key = $1", [publicKey])).length,
      1,
    );
  });

  it("free their key by a key change and by removal", async () => {
    const [a, b] = [await subscriber(), await subscriber()];
    const [first, second] = [wireguardKey(), wireguardKey()];
    const { body } = await auth.addDevice(a.accessToken, first);
    const change = await auth.call("PUT", `/v1/devices/${String(body["id"])}/key`, {
      token: a.accessToken,
      body: { publicKey: second },
    });
    assert.deepEqual(
      [change.status, change.body["publicKey"], change.body["addresses"]],
      [200, second, body["addresses"]],
    );
    const theirs = await auth.addDevice(b.accessToken, first);
    assert.equal(theirs.status, 201);
    assert.equal(
      (await remove(b.accessToken, body["id"])).status,
      404,
      "a stranger's device is not there",
    );
    assert.equal((await remove(a.accessToken, body["id"])).status, 204);
    assert.equal(
      (
        await auth.call("PUT", `/v1/devices/${String(theirs.body["id"])}/key`, {
          token: b.accessToken,
          body: { publicKey: second },
        })
      ).status,
      200,
    );
  });

  it("end their session when they are removed", async () => {
    const user = await subscriber();
    const { body } = await auth.addDevice(user.accessToken);
    assert.equal((await remove(user.accessToken, body["id"])).status, 204);
    assert.equal((await auth.refresh(user.refreshToken)).status, 401);
  });

  it("use up no addresses by adding and removing in a loop, and rest an address before another account gets it", async () => {
    const { email, passphrase } = someone();
    await auth.signUp(email, passphrase);
    const addresses = new Set<string>();
    for (let n = 0; n < 5; n++) {
      const { accessToken } = await auth.login(email, passphrase);
      const { body } = await auth.addDevice(accessToken);
      addresses.add(JSON.stringify(body["addresses"]));
      await remove(accessToken, body["id"]);
    }
    assert.equal(addresses.size, 1);
    const next = await auth.addDevice((await subscriber()).accessToken);
    assert.ok(!addresses.has(JSON.stringify(next.body["addresses"])));
    await region.sql(SHARDS[0], "update tunnel_free set freed_at = now() - interval '25 hours'");
    const rested = await auth.addDevice((await subscriber()).accessToken);
    const free = await region.sql(SHARDS[0], "select index from tunnel_free");
    assert.equal(rested.status, 201);
    assert.ok(
      !free.some(({ index }) =>
        String(rested.body["addresses"]).includes(
          `::${(16n + BigInt(String(index))).toString(16)}/`,
        ),
      ),
    );
  });

  it("are told when the region has no address left, without a 500", async () => {
    await region.sql(SHARDS[0], "delete from tunnel_free");
    await region.sql(SHARDS[0], "select setval('tunnel_index', 2000)");
    const answer = await auth.addDevice((await subscriber()).accessToken);
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "3600"]);
  });
});
