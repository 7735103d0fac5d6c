import assert from "node:assert/strict";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, it } from "mocha";
import { tunnelAddresses } from "../../../../services/auth/domain/tunnel-address.ts";

const BLOCK = { ipv4Cidr: "100.72.0.0/13", ipv6Cidr: "fd5e:7665:706e:1::/64" };
/** Addresses of a /13 but the first 17 and the broadcast one. */
const LAST = 2n ** 19n - 1n - 16n - 1n;

describe("tunnel addresses", () => {
  it("lie in the region's blocks and differ for different numbers", () => {
    const index = fc.bigInt({ min: 1n, max: LAST });
    fc.assert(
      fc.property(index, index, (a, b) => {
        const [first, second] = [tunnelAddresses(a, BLOCK), tunnelAddresses(b, BLOCK)];
        for (const [at, cidr] of [BLOCK.ipv4Cidr, BLOCK.ipv6Cidr].entries()) {
          const [address] = ipaddr.parseCIDR(first[at] ?? "");
          assert.ok(address.match(ipaddr.parseCIDR(cidr)));
          assert.equal(first[at] === second[at], a === b);
        }
      }),
    );
  });

  it("leave the first sixteen to gateways, and end where the block ends", () => {
    assert.deepEqual(tunnelAddresses(1n, BLOCK), ["100.72.0.17/32", "fd5e:7665:706e:1::11/128"]);
    assert.deepEqual(tunnelAddresses(LAST, BLOCK)[0], "100.79.255.254/32");
    for (const outside of [0n, -1n, LAST + 1n])
      assert.throws(() => tunnelAddresses(outside, BLOCK), RangeError);
  });
});
