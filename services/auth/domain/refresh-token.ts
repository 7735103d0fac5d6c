import { createHmac, hash, hkdfSync, timingSafeEqual } from "node:crypto";

/**
 * A refresh token: version, user id (8 bytes: which shard), session id (16), secret (32) and a tag
 * (16) that proves that we made it. Garbage never reaches a database, and a genuine old token can
 * be told from a guess.
 *
 * A secret's successor is HMAC(key, secret): the same predecessor always leads to the same successor,
 * so a lost reply is answered again without keeping any token. Only hashes are stored.
 */
export interface RefreshToken {
  readonly userId: bigint;
  readonly sessionId: string;
  readonly secret: Buffer;
}

const VERSION = 1;
const SECRET_AT = 25;
const TAG_AT = 57;
const LENGTH = 73;

export class RefreshTokens {
  readonly #tagKey: Buffer;
  readonly #chainKey: Buffer;

  /**
   * `secret`: a secret of the region that is never rotated; the two keys are derived from it. Not the
   * signing seeds: their rotation would make every refresh token a stranger's and log everybody out.
   */
  constructor(secret: Buffer) {
    const derive = (info: string): Buffer => Buffer.from(hkdfSync("sha256", secret, "", info, 32));
    this.#tagKey = derive("securevpn refresh token tag");
    this.#chainKey = derive("securevpn refresh token chain");
  }

  encode(token: RefreshToken): string {
    const bytes = Buffer.alloc(LENGTH);
    bytes.writeUInt8(VERSION, 0);
    bytes.writeBigUInt64BE(token.userId, 1);
    Buffer.from(token.sessionId.replaceAll("-", ""), "hex").copy(bytes, 9);
    token.secret.copy(bytes, SECRET_AT);
    this.#tag(bytes).copy(bytes, TAG_AT);
    return bytes.toString("base64url");
  }

  /** Undefined when we did not make it. */
  decode(text: string): RefreshToken | undefined {
    const bytes = Buffer.from(text, "base64url");
    if (
      bytes.length !== LENGTH ||
      bytes.toString("base64url") !== text ||
      bytes.readUInt8(0) !== VERSION
    )
      return undefined;
    if (!timingSafeEqual(this.#tag(bytes), bytes.subarray(TAG_AT))) return undefined;
    const hex = bytes.toString("hex", 9, SECRET_AT);
    const sessionId = [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join("-");
    return {
      userId: bytes.readBigUInt64BE(1),
      sessionId,
      secret: Buffer.from(bytes.subarray(SECRET_AT, TAG_AT)),
    };
  }

  successor(secret: Buffer): Buffer {
    return createHmac("sha256", this.#chainKey).update(secret).digest();
  }

  #tag(bytes: Buffer): Buffer {
    return createHmac("sha256", this.#tagKey)
      .update(bytes.subarray(0, TAG_AT))
      .digest()
      .subarray(0, LENGTH - TAG_AT);
  }
}

/** What is stored of a secret. */
export const refreshHash = (secret: Buffer): Buffer => hash("sha256", secret, "buffer");
