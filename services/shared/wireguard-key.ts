/** Encodings of low-order X25519 points (RFC 7748, section 6.1; cr.yp.to/ecdh.html): a shared secret with one is no secret. */
const LOW_ORDER = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

/** Why a text is no usable WireGuard public key; undefined: it is one. */
export function publicKeyFault(text: string): string | undefined {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== 32 || bytes.toString("base64") !== text)
    return "must be 32 bytes in canonical base64 (44 characters)";
  // X25519 ignores the top bit: two encodings of one key would be two devices with one peer.
  if ((bytes[31] ?? 0) & 0x80) return "must have its highest bit clear";
  if (LOW_ORDER.has(bytes.toString("hex")))
    return "is a low-order point, with which no secret can be agreed";
  return undefined;
}
