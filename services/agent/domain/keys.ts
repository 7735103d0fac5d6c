import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/** DER of an X25519 private key (RFC 8410) up to its 32 bytes. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");

const last32 = (der: Buffer): string => der.subarray(der.length - 32).toString("base64");

/** The 32 bytes of an X25519 private key in base64, as `wg genkey` prints them. */
export const privateKeyText = (key: KeyObject): string =>
  last32(key.export({ format: "der", type: "pkcs8" }));

/** What `wg pubkey` answers; throws on text that is no private key, without repeating it. */
export function publicKeyOf(privateKey: string): string {
  const raw = Buffer.from(privateKey, "base64");
  if (raw.length !== 32 || raw.toString("base64") !== privateKey)
    throw new Error("the WireGuard private key is not 32 bytes of base64");
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, raw]),
    format: "der",
    type: "pkcs8",
  });
  return last32(createPublicKey(key).export({ format: "der", type: "spki" }));
}
