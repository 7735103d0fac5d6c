import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  hash,
  hkdfSync,
  type KeyObject,
} from "node:crypto";
import jwt from "jsonwebtoken";
import { z } from "zod";
import {
  ACCESS_TOKEN_ALGORITHM,
  ACCESS_TOKEN_TYPE,
  TOKEN_AUDIENCE,
  TIERS,
  type AccessClaims,
} from "../contract/index.ts";
import { Unauthorized } from "./errors.ts";

/** Public key of a signing key, as RFC 7517 publishes it. */
export interface Jwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly use: "sig";
  readonly alg: typeof ACCESS_TOKEN_ALGORITHM;
}

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: Jwk;
}

const CURVE_ORDER = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/**
 * P-256 key derived from a seed of 64 hex digits, so that the secret is one short string that a
 * generator can make. 48 bytes of HKDF reduced modulo the order leave a bias below 2^-128 (FIPS 186-5, A.2.1).
 */
export function signingKeyFromSeed(seed: string): SigningKey {
  if (!/^[0-9a-f]{64}$/.test(seed)) throw new Error("a token signing seed is 64 hex digits");
  const stretched = Buffer.from(
    hkdfSync("sha256", Buffer.from(seed, "hex"), "", "securevpn access token ES256", 48),
  );
  const scalar = (BigInt(`0x${stretched.toString("hex")}`) % (CURVE_ORDER - 1n)) + 1n;
  const d = Buffer.from(scalar.toString(16).padStart(64, "0"), "hex");
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const x = point.subarray(1, 33).toString("base64url");
  const y = point.subarray(33, 65).toString("base64url");
  // RFC 7638: members in lexical order, no white space.
  const kid = createHash("sha256")
    .update(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`)
    .digest("base64url");
  const jwk: Jwk = { kty: "EC", crv: "P-256", x, y, kid, use: "sig", alg: ACCESS_TOKEN_ALGORITHM };
  const privateKey = createPrivateKey({
    key: { kty: "EC", crv: "P-256", x, y, d: d.toString("base64url") },
    format: "jwk",
  });
  return { kid, privateKey, jwk };
}

/** Keys of the seed file, one seed a line: the first signs, all verify. */
export function signingKeys(seedFile: string): SigningKey[] {
  return seedFile
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map(signingKeyFromSeed);
}

/** Signs an access token (RFC 9068 header type). */
export function signAccessToken(key: SigningKey, claims: AccessClaims): string {
  return jwt.sign(claims, key.privateKey, {
    algorithm: ACCESS_TOKEN_ALGORITHM,
    // Not "noTimestamp": it would take the claims' own `iat` away.
    header: { alg: ACCESS_TOKEN_ALGORITHM, typ: ACCESS_TOKEN_TYPE, kid: key.kid },
  });
}

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.literal(TOKEN_AUDIENCE),
  sub: z.string().regex(/^\d{1,19}$/),
  iat: z.number(),
  exp: z.number(),
  jti: z.string(),
  sid: z.string(),
  tier: z.enum(TIERS),
  did: z.string().optional(),
  dpk: z.string().optional(),
  tun: z.array(z.string()).optional(),
});

/** Longest token that we look at: ours have about 700 characters. */
const MAX_TOKEN_LENGTH = 2_048;
const CACHE_ENTRIES = 50_000;

export interface VerifierOptions {
  readonly issuers: readonly string[];
  /** Public keys by id, of those issuers; no key is ever fetched because of a token. */
  readonly keys: () => ReadonlyMap<string, KeyObject>;
  readonly nowSeconds?: () => number;
}

/** Verifies access tokens locally; a token seen before costs one hash. The cache holds no bearer token. */
export class AccessTokenVerifier {
  readonly #options: VerifierOptions;
  readonly #now: () => number;
  readonly #verified = new Map<
    string,
    { readonly claims: AccessClaims; readonly key: KeyObject; readonly kid: string }
  >();

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#now = options.nowSeconds ?? (() => Math.floor(Date.now() / 1000));
  }

  /** Claims of a token; throws Unauthorized for every other input. */
  verify(token: string): AccessClaims {
    if (token.length > MAX_TOKEN_LENGTH) throw new Unauthorized(undefined, "token too long");
    const digest = hash("sha256", token, "base64url");
    const known = this.#verified.get(digest);
    // A key that was withdrawn takes its tokens with it.
    if (known !== undefined && this.#options.keys().get(known.kid) === known.key) {
      if (known.claims.exp > this.#now()) return known.claims;
      this.#verified.delete(digest);
      throw new Unauthorized(undefined, "expired");
    }
    return this.#verifyAnew(token, digest);
  }

  #verifyAnew(token: string, digest: string): AccessClaims {
    const header = jwt.decode(token, { complete: true })?.header;
    if (
      header?.typ !== ACCESS_TOKEN_TYPE ||
      header.alg !== ACCESS_TOKEN_ALGORITHM ||
      typeof header.kid !== "string"
    ) {
      throw new Unauthorized(undefined, "header");
    }
    const key = this.#options.keys().get(header.kid);
    if (key === undefined) throw new Unauthorized(undefined, "unknown kid");
    let payload: unknown;
    try {
      payload = jwt.verify(token, key, {
        algorithms: [ACCESS_TOKEN_ALGORITHM],
        issuer: [...this.#options.issuers] as [string, ...string[]],
        audience: TOKEN_AUDIENCE,
        clockTimestamp: this.#now(),
      });
    } catch (error) {
      throw new Unauthorized(undefined, error instanceof Error ? error.message : "not verified");
    }
    const parsed = claimsSchema.safeParse(payload);
    if (!parsed.success) throw new Unauthorized(undefined, "claims");
    const claims = parsed.data as AccessClaims;
    if (this.#verified.size >= CACHE_ENTRIES)
      this.#verified.delete(this.#verified.keys().next().value ?? "");
    this.#verified.set(digest, { claims, key, kid: header.kid });
    return claims;
  }
}

/** Public key objects of published keys, by id. */
export function publicKeys(jwks: readonly Jwk[]): Map<string, KeyObject> {
  return new Map(
    jwks.map((jwk) => [
      jwk.kid,
      createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, format: "jwk" }),
    ]),
  );
}

const BEARER = /^Bearer ([A-Za-z0-9._-]+)$/i;

/** The token of an Authorization header; throws Unauthorized when there is none. */
export function bearerToken(header: string | undefined): string {
  const token = BEARER.exec(header ?? "")?.[1];
  if (token === undefined)
    throw new Unauthorized("Send the access token as Authorization: Bearer <token>.");
  return token;
}
