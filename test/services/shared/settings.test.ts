import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { Env } from "../../../services/shared/env.ts";
import { readRegionConfig } from "../../../services/shared/region-config.ts";
import { readSecret } from "../../../services/shared/secrets.ts";
import { publicKeyFault } from "../../../services/shared/wireguard-key.ts";

const REGION = {
  region: "test",
  issuer: "https://api.test.securevpn.test",
  userIds: { fromId: "1", toId: "100" },
  shardMap: {
    version: 1,
    ranges: [{ shard: "shard-0", fromId: "1", toId: "100" }],
    directory: ["shard-0"],
  },
  shards: [
    { name: "shard-0", database: "securevpn", primary: { host: "db", port: 5432 }, replicas: [] },
  ],
  cache: { host: "cache", port: 6379, user: "securevpn", tls: true },
  tunnel: { ipv4Cidr: "100.64.0.0/13", ipv6Cidr: "fd5e:7665:706e:0::/64" },
  vpn: {
    udpPort: 51820,
    mtu: 1420,
    gatewayIpv4: "100.64.0.1",
    gatewayIpv6: "fd5e:7665:706e::1",
    capacityPeers: 100,
  },
  peers: [],
  trustedHops: 1,
};

describe("a service's settings", () => {
  let directory: string;
  before(() => void (directory = mkdtempSync(join(tmpdir(), "securevpn-settings-"))));
  after(() => rmSync(directory, { recursive: true }));

  const read = (content: unknown) => {
    const file = join(directory, "region.json");
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return readRegionConfig(file);
  };

  it("name the variable that is missing or wrong, and what is allowed", () => {
    const env = new Env({ PORT: "70000", LEVEL: "loud", EMPTY: "" });
    assert.throws(() => env.text("ABSENT"), /ABSENT is missing/);
    assert.throws(() => env.text("EMPTY"), /EMPTY is missing/);
    assert.throws(() => env.port("PORT"), /PORT is "70000"; allowed: a port from 1 to 65535/);
    assert.throws(
      () => env.oneOf("LEVEL", ["debug", "info"], "info"),
      /LEVEL is "loud"; allowed: debug, info/,
    );
    assert.equal(env.port("ABSENT", 8080), 8080);
    assert.equal(env.oneOf("ABSENT", ["debug", "info"], "info"), "info");
  });

  it("take the region's file whole, and name the path of each fault", () => {
    assert.deepEqual(read(REGION), REGION);
    assert.throws(() => read({ ...REGION, extra: 1 }), /extra/);
    assert.throws(() => read({ ...REGION, cache: { ...REGION.cache, port: 0 } }), /cache\.port/);
    assert.throws(
      () => read({ ...REGION, shardMap: { ...REGION.shardMap, ranges: [] } }),
      /shardMap\.ranges/,
    );
    assert.throws(() => read("{"), /region\.json/);
  });

  it("refuse a shard map whose ranges overlap, leave the region or name no shard", () => {
    const withRanges = (...ranges: { shard: string; fromId: string; toId: string }[]) => ({
      ...REGION,
      shardMap: { ...REGION.shardMap, ranges },
    });
    const range = (shard: string, fromId: string, toId: string) => ({ shard, fromId, toId });
    assert.throws(
      () => read(withRanges(range("shard-0", "1", "50"), range("shard-0", "50", "100"))),
      /overlap/,
    );
    assert.throws(() => read(withRanges(range("shard-0", "60", "50"))), /shardMap\.ranges/);
    assert.throws(() => read(withRanges(range("shard-0", "1", "101"))), /userIds/);
    assert.throws(() => read(withRanges(range("shard-9", "1", "50"))), /shard-9/);
    assert.throws(
      () => read({ ...REGION, shardMap: { ...REGION.shardMap, directory: ["shard-9"] } }),
      /shard-9/,
    );
  });

  it("name the secret file that cannot be read, never its content", () => {
    writeFileSync(join(directory, "key"), "hunter2\n");
    assert.equal(readSecret(directory, "key"), "hunter2");
    assert.throws(() => readSecret(directory, "absent"), /absent/);
  });

  it("know a WireGuard key from what only looks like one", () => {
    assert.equal(publicKeyFault(Buffer.alloc(32, 9).toString("base64")), undefined);
    for (const bad of [
      Buffer.alloc(32),
      Buffer.alloc(31, 9),
      Buffer.alloc(33, 9),
      Buffer.alloc(32, 0xff),
    ])
      assert.ok(publicKeyFault(bad.toString("base64")));
    assert.ok(publicKeyFault(`${Buffer.alloc(32, 9).toString("base64")} `));
  });
});
