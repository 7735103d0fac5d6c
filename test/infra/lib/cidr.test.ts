import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { formatCidr, overlaps, parseCidr, subnet, type Cidr } from "../../../infra/lib/cidr.ts";

const blocks = fc
  .tuple(fc.integer({ min: 0, max: 32 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  .map(([prefix, address]): Cidr => {
    const size = 2 ** (32 - prefix);
    return { prefix, base: Math.floor(address / size) * size };
  });

const sizeOf = ({ prefix }: Cidr): number => 2 ** (32 - prefix);
const last = (block: Cidr): number => block.base + sizeOf(block) - 1;

describe("CIDR blocks", () => {
  it("are the same after being written and read again", () => {
    fc.assert(
      fc.property(blocks, (block) => assert.deepEqual(parseCidr(formatCidr(block)), block)),
    );
  });

  it("are refused when malformed or when bits stand beyond the prefix", () => {
    const wrong = [
      "",
      "10.0.0.0",
      "10.0.0.0/33",
      "10.0.0.256/32",
      "10.0.0.1/24",
      "10.0.0/24",
      " 10.0.0.0/8",
      "::/0",
    ];
    for (const text of wrong) assert.throws(() => parseCidr(text), RangeError, text);
  });

  it("overlap exactly when they share an address", () => {
    fc.assert(
      fc.property(blocks, blocks, (a, b) => {
        const share = Math.max(a.base, b.base) <= Math.min(last(a), last(b));
        assert.equal(overlaps(a, b), share);
        assert.equal(overlaps(b, a), share);
      }),
    );
  });

  it("are cut into subnets that lie inside, side by side and without a gap", () => {
    fc.assert(
      fc.property(blocks, fc.integer({ min: 0, max: 6 }), (block, extra) => {
        const prefix = Math.min(32, block.prefix + extra);
        const count = 2 ** (prefix - block.prefix);
        const parts = Array.from({ length: count }, (_, index) => subnet(block, prefix, index));
        assert.equal(parts[0]?.base, block.base);
        assert.equal(last(parts[count - 1] ?? block), last(block));
        for (const [index, part] of parts.entries()) {
          const next = parts[index + 1];
          if (next !== undefined) assert.equal(last(part) + 1, next.base);
        }
        assert.throws(() => subnet(block, prefix, count), RangeError);
      }),
    );
  });
});
