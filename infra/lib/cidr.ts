/** An IPv4 block: first address as an unsigned 32-bit number, and prefix length. */
export interface Cidr {
  readonly base: number;
  readonly prefix: number;
}

const PATTERN = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** Parses `10.0.0.0/16`. Throws a RangeError when it is malformed or has host bits set. */
export function parseCidr(text: string): Cidr {
  const parts = PATTERN.exec(text)?.slice(1).map(Number);
  if (parts === undefined)
    throw new RangeError(`"${text}" is not an IPv4 CIDR such as 10.0.0.0/16`);
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = parts;
  if (Math.max(a, b, c, d) > 255 || prefix > 32)
    throw new RangeError(`"${text}" is not an IPv4 CIDR such as 10.0.0.0/16`);
  const base = ((a * 256 + b) * 256 + c) * 256 + d;
  if (base % sizeOf(prefix) !== 0)
    throw new RangeError(`"${text}" has bits set beyond its /${prefix}`);
  return { base, prefix };
}

const sizeOf = (prefix: number): number => 2 ** (32 - prefix);

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

export function formatCidr({ base, prefix }: Cidr): string {
  return `${formatAddress(base)}/${prefix}`;
}

/** The `index`-th block of length `prefix` in `cidr`, from 0. Throws when it lies outside. */
export function subnet(cidr: Cidr, prefix: number, index: number): Cidr {
  const count = 2 ** (prefix - cidr.prefix);
  if (prefix < cidr.prefix || !Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`${formatCidr(cidr)} has no /${prefix} number ${index}`);
  }
  return { base: cidr.base + index * sizeOf(prefix), prefix };
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + sizeOf(b.prefix) && b.base < a.base + sizeOf(a.prefix);
}
