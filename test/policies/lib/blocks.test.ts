import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { cidrsOverlap, idsOverlap } from "../../../policies/lib/blocks.ts";

describe("blocks", () => {
  it("overlap exactly when one holds the first address of the other", () => {
    const address = fc.nat({ max: 2 ** 32 - 1 });
    const block = fc.record({ address, bits: fc.integer({ min: 0, max: 32 }) });
    const text = ({ address: at, bits }: { address: number; bits: number }) =>
      `${[24, 16, 8, 0].map((shift) => Math.floor(at / 2 ** shift) % 256).join(".")}/${bits}`;
    const first = ({ address: at, bits }: { address: number; bits: number }) =>
      at - (at % 2 ** (32 - bits));
    fc.assert(
      fc.property(block, block, (a, b) => {
        const [from, to] = [first(a), first(b)];
        const meets = from < to + 2 ** (32 - b.bits) && to < from + 2 ** (32 - a.bits);
        assert.equal(cidrsOverlap(text(a), text(b)), meets);
        assert.equal(cidrsOverlap(text(b), text(a)), meets);
      }),
    );
  });

  it("of different kinds do not meet, and what is no block is no answer", () => {
    assert.equal(cidrsOverlap("10.0.0.0/8", "fd00::/8"), false);
    assert.equal(cidrsOverlap("10.0.0.0/8", "10.0.0.0"), undefined);
    assert.equal(idsOverlap({ fromId: "1", toId: "9" }, { fromId: "x", toId: "20" }), undefined);
    assert.equal(idsOverlap({ fromId: "9", toId: "1" }, { fromId: "2", toId: "3" }), undefined);
  });

  it("of ids hold 63 bits without rounding", () => {
    const top = { fromId: "9007199254740993", toId: "9223372036854775807" };
    assert.equal(idsOverlap({ fromId: "0", toId: "9007199254740992" }, top), false);
  });
});
