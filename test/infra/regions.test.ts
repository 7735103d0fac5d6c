import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { catalogueFaults, REGIONS, regionOfStack, type Region } from "../../infra/regions.ts";

const region = (name: string): Region => {
  const found = REGIONS.find((item) => item.name === name);
  if (found === undefined) throw new Error(`no region ${name}`);
  return found;
};

const altered = (change: Partial<Region>): string[] =>
  catalogueFaults(
    REGIONS.map((item) => (item.name === "eu-central-1" ? { ...item, ...change } : item)),
  );

describe("the catalogue of regions", () => {
  it("has no fault", () => assert.deepEqual(catalogueFaults(REGIONS), []));

  it("refuses VPC blocks that overlap, naming both regions", () => {
    const [fault, ...more] = altered({ cidr: region("us-east-1").cidr });
    assert.match(
      fault ?? "",
      /cidr of regions us-east-1 and eu-central-1 overlap: 10\.16\.0\.0\/16/,
    );
    assert.deepEqual(more, []);
  });

  it("refuses blocks of user ids and of tunnel addresses that overlap", () => {
    const home = region("us-east-1");
    const inside = { fromId: home.userIds.toId, toId: home.userIds.toId };
    assert.match(
      altered({ userIds: inside }).join(),
      /userIds of regions us-east-1 and eu-central-1/,
    );
    assert.match(altered({ tunnelIpv4: home.tunnelIpv4 }).join(), /tunnelIpv4/);
    assert.match(altered({ tunnelIpv6: home.tunnelIpv6 }).join(), /tunnelIpv6/);
  });

  it("refuses tunnel addresses outside the platform's block, zones elsewhere and unknown peers", () => {
    assert.match(
      altered({ tunnelIpv4: "10.200.0.0/16" }).join(),
      /tunnelIpv4 of eu-central-1 .* 100\.64\.0\.0\/10/,
    );
    assert.match(
      altered({ zones: ["us-east-1a", "eu-central-1b", "eu-central-1c"] }).join(),
      /zone us-east-1a/,
    );
    assert.match(altered({ peers: ["mars-1"] }).join(), /peer mars-1/);
  });

  it("refuses shares of subscribers that are not the whole", () => {
    assert.match(altered({ share: 0.5 }).join(), /shares .* 1\.2/);
  });

  it("keeps the addresses that every VPN server carries out of every region's block", () => {
    for (const { tunnelIpv4, tunnelIpv6 } of REGIONS) {
      assert.notEqual(tunnelIpv4, "100.64.0.0/13");
      assert.notEqual(tunnelIpv6, "fd5e:7665:706e:0::/64");
    }
  });
});

describe("a stack's name", () => {
  it("says the region", () => {
    assert.equal(regionOfStack("local").name, "local");
    assert.equal(regionOfStack("prod").name, "us-east-1");
    assert.equal(regionOfStack("prod-eu-central-1").awsRegion, "eu-central-1");
  });

  it("that names no region is refused with the stacks that there are", () => {
    for (const name of ["prod-mars-1", "us-east-1", "prod-local", "prod-us-east-1", "dev", ""]) {
      assert.throws(
        () => regionOfStack(name),
        /stacks: local, prod, prod-eu-central-1, prod-ap-southeast-1/,
        name,
      );
    }
  });
});
