import ipaddr from "ipaddr.js";

/** Whether two CIDRs have an address in common; undefined: one of them is no CIDR. */
export function cidrsOverlap(one: string, other: string): boolean | undefined {
  if (!ipaddr.isValidCIDR(one) || !ipaddr.isValidCIDR(other)) return undefined;
  const [[a, aBits], [b, bBits]] = [ipaddr.parseCIDR(one), ipaddr.parseCIDR(other)];
  if (a.kind() !== b.kind()) return false;
  const bits = Math.min(aBits, bBits);
  const [left, right] = [a.toByteArray(), b.toByteArray()];
  return left.every((byte, index) => {
    const width = Math.min(8, Math.max(0, bits - 8 * index));
    const mask = (0xff << (8 - width)) & 0xff;
    return (byte & mask) === ((right[index] ?? 0) & mask);
  });
}

export interface Ids {
  readonly fromId: string;
  readonly toId: string;
}

const isNumber = (text: string): boolean => /^\d+$/.test(text);

/** Whether two ranges of ids, both ends included, meet; undefined: one of them is no range. */
export function idsOverlap(one: Ids, other: Ids): boolean | undefined {
  if (![one.fromId, one.toId, other.fromId, other.toId].every(isNumber)) return undefined;
  const [a, b, c, d] = [one.fromId, one.toId, other.fromId, other.toId].map(BigInt);
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  return a > b || c > d ? undefined : a <= d && c <= b;
}
