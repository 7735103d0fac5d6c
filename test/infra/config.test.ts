import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { KEYS } from "../../infra/config-keys.ts";
import { ConfigError, parseConfig } from "../../infra/config.ts";
import { configOf } from "./support/program.ts";

function fault(raw: Record<string, string>, stack = "prod"): string {
  try {
    parseConfig(stack, raw);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: `accepted: ${JSON.stringify(raw)}` });
}

describe("configuration", () => {
  it("is the defaults when a stack sets nothing", () => {
    const config = parseConfig("prod", {});
    const calculated = new Set<string>(config.sizes.map(({ key }) => key));
    for (const [name, key] of Object.entries(KEYS)) {
      if (!calculated.has(name)) assert.deepEqual(Reflect.get(config, name), key.default, name);
    }
    assert.equal(config.region.name, "us-east-1");
    assert.ok(Object.isFrozen(config));
  });

  it("reads every value from the text that the engine hands over", () => {
    const config = parseConfig("prod", {
      "securevpn:shards": "3",
      "securevpn:protect": "false",
      "securevpn:publicApiCidrs": `["192.0.2.0/24"]`,
      "securevpn:zoneName": "vpn.example.com",
      "pulumi:disable-default-providers": `["*"]`,
    });
    assert.equal(config.shards, 3);
    assert.equal(config.protect, false);
    assert.deepEqual(config.publicApiCidrs, ["192.0.2.0/24"]);
    assert.equal(config.zoneName, "vpn.example.com");
  });

  it("sizes by assumptions that it states, and refuses one that there is not or that is out of range", () => {
    const slow = parseConfig("prod", { "securevpn:assumptions": `{"gbitPerVcpu":0.2}` });
    assert.equal(slow.endpointNodesPerZone, 11);
    const few = parseConfig("prod", { "securevpn:peersPerServer": "5000" });
    assert.equal(few.endpointNodesPerZone, 10);
    const wrong = (text: string): string => fault({ "securevpn:assumptions": text });
    assert.match(wrong(`{"speed":1}`), /there is no assumption speed: one of tunnelOverhead/);
    assert.match(wrong(`{"utilisation":2}`), /utilisation must be a number from 0\.1 to 0\.9/);
    assert.match(wrong(`{"logGb":[3,2,1]}`), /logGb must be .* rising in that order/);
    assert.match(wrong(`{"gbFree":1}`), /there is no assumption gbFree/);
    const discount = (text: string): string => fault({ "securevpn:discountPercent": text });
    assert.match(discount(`{"compute":100}`), /discountPercent is \{"compute":100\}/);
    assert.match(discount(`{"storage":1}`), /discountPercent/);
    assert.match(fault({ "securevpn:supportPlan": "gold" }), /"none"\|"developer"\|"business"/);
  });

  it("refuses an unknown key, naming it and the keys that there are", () => {
    const message = fault({ "securevpn:shard": "3" });
    assert.match(message, /securevpn:shard is no config key; keys: .*securevpn:shards/);
    assert.match(fault({ "other:key": "1" }), /other:key/);
  });

  it("refuses a value out of range or of the wrong type, naming key, value and what is allowed", () => {
    assert.match(fault({ "securevpn:shards": "65" }), /securevpn:shards is 65: .*64.*1 to 64/);
    assert.match(fault({ "securevpn:shards": "-1" }), /securevpn:shards is -1/);
    assert.match(fault({ "securevpn:shards": "2.5" }), /securevpn:shards is 2\.5/);
    assert.match(fault({ "securevpn:shards": "two" }), /securevpn:shards is "two": .*number/);
    assert.match(fault({ "securevpn:protect": `"yes"` }), /securevpn:protect is "yes": .*boolean/);
    assert.match(
      fault({ "securevpn:environment": "staging" }),
      /environment is "staging": .*"local"\|"prod"/,
    );
    assert.match(fault({ "securevpn:databaseInstanceClass": "m7g.large" }), /db\.m7g\.large/);
    assert.match(fault({ "securevpn:zoneName": "nodots" }), /a DNS name/);
  });

  it("refuses an API that is open to the whole internet", () => {
    for (const cidrs of [`["0.0.0.0/0"]`, `["0.0.0.0/1","128.0.0.0/1"]`, `["198.51.0.0/16"]`])
      assert.match(
        fault({ "securevpn:publicApiCidrs": cidrs }),
        /of \/24 or narrower: two halves are the whole internet/,
      );
  });

  it("refuses another region than the stack's name says", () => {
    assert.match(
      fault({ "aws:region": "eu-central-1" }),
      /aws:region is "eu-central-1": stack prod is us-east-1/,
    );
    assert.throws(() => parseConfig("prod-mars-1", {}), /"prod-mars-1" names no region/);
  });

  it("takes an account's own zones in place of the catalogue's, and sizes for as many", () => {
    const named = (...letters: string[]) => ({
      "securevpn:zones": JSON.stringify(letters.map((letter) => `us-east-1${letter}`)),
    });
    assert.deepEqual(parseConfig("prod", {}).region.zones, [
      "us-east-1a",
      "us-east-1b",
      "us-east-1c",
    ]);
    const { region } = parseConfig("prod", named("b", "d", "f"));
    assert.deepEqual(region.zones, ["us-east-1b", "us-east-1d", "us-east-1f"]);
    const four = parseConfig("prod", named("a", "b", "c", "d"));
    assert.equal(four.systemNodes % 4, 0);
  });

  it("refuses zones of another region, Local Zones, the same zone twice, and fewer than three", () => {
    const zones = (...names: string[]) => fault({ "securevpn:zones": JSON.stringify(names) });
    assert.match(
      zones("us-east-1a", "us-east-1b", "us-west-2c"),
      /securevpn:zones is \["us-east-1a","us-east-1b","us-west-2c"\]: us-west-2c is no zone of us-east-1; .*e\.g\. us-east-1d/,
    );
    assert.match(zones("us-east-1a", "us-east-1b", "us-east-1-bos-1a"), /bos-1a/);
    assert.match(zones("use1-az1", "us-east-1a", "us-east-1b"), /a zone's name, e\.g\. us-east-1d/);
    assert.match(zones("us-east-1a", "us-east-1b", "us-east-1b"), /each once/);
    assert.match(zones("us-east-1a", "us-east-1b"), /3 or 4 zones, or none/);
  });

  it("takes resolvers as addresses with their certificates' names, of both families", () => {
    const upstreams = (...names: string[]) => ({
      "securevpn:dnsUpstreams": JSON.stringify(names),
    });
    const both = ["9.9.9.10#dns10.quad9.net", "2620:fe::10#dns10.quad9.net"];
    assert.deepEqual(parseConfig("prod", upstreams(...both)).dnsUpstreams, both);
    assert.match(fault(upstreams()), /at least one: without it clients resolve nothing/);
    assert.match(fault(upstreams("9.9.9.9#a.example", "9.9.9.9#a.example")), /each once/);
    for (const wrong of [
      "9.9.9.9",
      "9.9.9.999#dns.quad9.net",
      "dns.quad9.net#dns.quad9.net",
      "9.9.9.9#dns",
      "9.9.9.9#dns.quad9.net\n}",
      "9.9.9.9#dns.quad9.net 8.8.8.8",
    ])
      assert.match(fault(upstreams(wrong)), /an address, # and a DNS name/, wrong);
  });

  it("refuses a VPC block that overlaps another region's, the tunnels' or holds no subnets", () => {
    assert.match(
      fault({ "securevpn:vpcCidr": "10.32.0.0/16" }),
      /securevpn:vpcCidr is 10\.32\.0\.0\/16: it overlaps region eu-central-1's 10\.32\.0\.0\/16/,
    );
    assert.match(
      fault({ "securevpn:vpcCidr": "100.64.0.0/16" }),
      /outside the tunnels' 100\.64\.0\.0\/10/,
    );
    assert.match(fault({ "securevpn:vpcCidr": "10.200.0.0/20" }), /of \/16 or larger/);
    assert.match(
      fault({ "securevpn:vpcCidr": "10.200.0.1/16" }),
      /vpcCidr is "10\.200\.0\.1\/16": an IPv4 CIDR without host bits/,
    );
  });

  it("takes a VPC block that is free in place of the catalogue's", () => {
    assert.equal(configOf("prod", { vpcCidr: "10.200.0.0/16" }).region.cidr, "10.200.0.0/16");
    assert.equal(configOf("prod", { vpcCidr: "" }).region.cidr, "10.16.0.0/16");
  });

  it("refuses a deployer of an account that the stack may not touch", () => {
    assert.match(
      fault({ "securevpn:allowedAccountIds": `["123456789012"]` }),
      /deployerRoleArn is "arn:aws:iam::000000000000:.*allowedAccountIds, 123456789012/,
    );
  });

  it("lists all faults at once", () => {
    const message = fault({
      "securevpn:shards": "-1",
      "securevpn:nope": "1",
      "securevpn:multiAz": "7",
    });
    for (const key of ["securevpn:shards", "securevpn:nope", "securevpn:multiAz"])
      assert.ok(message.includes(key));
  });

  it("refuses a size that cannot hold the target, with the arithmetic", () => {
    const nodes = fault({ "securevpn:endpointNodesPerZone": "4" });
    assert.match(nodes, /endpointNodesPerZone is 4: it must be at least 5 nodes a zone/);
    assert.match(nodes, /200,000 connections x 0\.5 = 100,000, \/ 10,000 a server = 10/);
    assert.match(
      fault({ "securevpn:cacheNodeType": `cache.t4g.micro`, "securevpn:connections": "2000000" }),
      /cacheNodeType is "cache\.t4g\.micro": it is too small; cache\.m7g\.large is enough/,
    );
    assert.match(
      fault({ "securevpn:subscribers": "3000000", "securevpn:shards": "2" }),
      /shards is 2: it must be at least 3 shards/,
    );
    assert.match(
      fault({ "securevpn:endpointInstanceType": "t4g.micro" }),
      /endpointInstanceType is "t4g\.micro": one of c6gn\.medium, /,
    );
  });

  it("refuses endpoint nodes that the cluster's API server does not take", () => {
    const of = (value: string): string => fault({ "securevpn:endpointVersions": value });
    assert.match(of(`["1.37"]`), /none newer than the cluster's 1\.36/);
    assert.match(of(`["1.31"]`), /three minors older at most/);
    assert.match(of(`["1.36","1.36"]`), /each once/);
    assert.match(of("[]"), /endpointVersions is \[\]/);
  });

  it("refuses a budget of zero and an estimate whose figures are not in order", () => {
    assert.match(
      fault({ "securevpn:budgetTransfer": "0" }),
      /securevpn:budgetTransfer is 0: .*>=1/,
    );
    assert.match(
      fault({ "securevpn:usageGbBasic": "[10,5,80]" }),
      /usageGbBasic is \[10,5,80\]: low <= expected <= high/,
    );
    assert.match(fault({ "securevpn:tierShares": "[50,25,15,5]" }), /tierShares .*together 100/);
  });
});
