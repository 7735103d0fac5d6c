import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import * as jose from "jose";
import jsonwebtoken from "jsonwebtoken";
import { describe, it } from "mocha";
import type { AccessClaims } from "../../../services/contract/index.ts";
import { Unauthorized } from "../../../services/shared/errors.ts";
import {
  AccessTokenVerifier,
  bearerToken,
  publicKeys,
  signAccessToken,
  signingKeyFromSeed,
  signingKeys,
} from "../../../services/shared/jwt.ts";

const ISSUER = "https://api.test.securevpn.test";
const NOW = 1_790_000_000;
const key = signingKeyFromSeed("5a".repeat(32));
const stranger = signingKeyFromSeed("5b".repeat(32));

const claims = (overrides: Partial<AccessClaims> = {}): AccessClaims => ({
  iss: ISSUER,
  aud: "securevpn",
  sub: "9223372036854775807",
  iat: NOW,
  exp: NOW + 900,
  jti: "j",
  sid: "s",
  tier: "BASIC",
  ...overrides,
});

function verifier(
  options: { now?: () => number; keys?: () => ReadonlyMap<string, KeyObject> } = {},
): AccessTokenVerifier {
  const keys = publicKeys([key.jwk]);
  return new AccessTokenVerifier({
    issuers: [ISSUER],
    keys: options.keys ?? (() => keys),
    nowSeconds: options.now ?? (() => NOW),
  });
}

/** A token with any header and payload, signed by `with`. */
const forged = (
  header: Record<string, unknown>,
  payload: object,
  signWith: KeyObject | string = key.privateKey,
): Promise<string> => {
  const alg = String(header["alg"]);
  const secret = typeof signWith === "string" ? new TextEncoder().encode(signWith) : signWith;
  return new jose.SignJWT({ ...payload }).setProtectedHeader({ alg, ...header }).sign(secret);
};

describe("access tokens", () => {
  it("are read by an independent implementation from the published key alone", async () => {
    const token = signAccessToken(key, claims({ did: "d", dpk: "k", tun: ["100.64.0.17/32"] }));
    const keySet = jose.createLocalJWKSet({ keys: [{ ...key.jwk }] });
    const { payload, protectedHeader } = await jose.jwtVerify(token, keySet, {
      issuer: ISSUER,
      audience: "securevpn",
      typ: "at+jwt",
      algorithms: ["ES256"],
      currentDate: new Date(NOW * 1000),
    });
    assert.equal(protectedHeader.kid, key.kid);
    assert.deepEqual(payload, claims({ did: "d", dpk: "k", tun: ["100.64.0.17/32"] }));
    assert.equal(key.kid, await jose.calculateJwkThumbprint({ ...key.jwk }));
  });

  it("come from a key that the same seed always gives, and publish nothing private", () => {
    assert.deepEqual(signingKeyFromSeed("5a".repeat(32)).jwk, key.jwk);
    assert.notEqual(stranger.kid, key.kid);
    assert.ok(!("d" in key.jwk));
    assert.deepEqual(
      signingKeys(`${"5a".repeat(32)}\n\n  ${"5b".repeat(32)}\n`).map(({ kid }) => kid),
      [key.kid, stranger.kid],
    );
    for (const seed of ["", "xy", "5A".repeat(32), "5a".repeat(31)])
      assert.throws(() => signingKeyFromSeed(seed), /64 hex digits/);
  });

  it("verify with all their claims, and again from the cache", () => {
    const tokens = verifier();
    const token = signAccessToken(key, claims());
    assert.deepEqual(tokens.verify(token), claims());
    assert.equal(tokens.verify(token), tokens.verify(token));
  });

  it("are refused for any other issuer, audience, type, algorithm, key or claim", async () => {
    const header = { alg: "ES256", typ: "at+jwt", kid: key.kid };
    const pem = publicKeys([key.jwk]).get(key.kid)?.export({ type: "spki", format: "pem" });
    const bad: Record<string, string> = {
      issuer: signAccessToken(key, claims({ iss: "https://evil" })),
      audience: await forged(header, claims({ aud: "other" })),
      type: await forged({ ...header, typ: "JWT" }, claims()),
      "no type": await forged({ alg: "ES256", kid: key.kid }, claims()),
      "strange key under our id": await forged(header, claims(), stranger.privateKey),
      "unknown key": signAccessToken(stranger, claims()),
      "none algorithm": `${Buffer.from(JSON.stringify({ ...header, alg: "none" })).toString("base64url")}.${Buffer.from(JSON.stringify(claims())).toString("base64url")}.`,
      "public key as HMAC secret": await forged({ ...header, alg: "HS256" }, claims(), String(pem)),
      expired: signAccessToken(key, claims({ exp: NOW })),
      "no expiry": await forged(header, { ...claims(), exp: undefined }),
      "unknown tier": await forged(header, { ...claims(), tier: "ROOT" }),
      "negative subject": await forged(header, { ...claims(), sub: "-1" }),
      "cut off": signAccessToken(key, claims()).slice(0, -2),
      garbage: "a.b.c",
      empty: "",
      long: "x".repeat(5_000),
    };
    const tokens = verifier();
    for (const [what, token] of Object.entries(bad)) {
      assert.throws(() => tokens.verify(token), Unauthorized, what);
      assert.throws(() => tokens.verify(token), Unauthorized, `${what}, a second time`);
    }
  });

  it("expire in the cache too", () => {
    let now = NOW;
    const tokens = verifier({ now: () => now });
    const token = signAccessToken(key, claims());
    tokens.verify(token);
    now = NOW + 900;
    assert.throws(() => tokens.verify(token), Unauthorized);
    assert.throws(() => tokens.verify(token), Unauthorized);
  });

  it("die with a withdrawn key, cached or not", () => {
    let keys = publicKeys([key.jwk]);
    const tokens = verifier({ keys: () => keys });
    const token = signAccessToken(key, claims());
    tokens.verify(token);
    keys = publicKeys([stranger.jwk]);
    assert.throws(() => tokens.verify(token), Unauthorized);
  });

  it("are readable by jsonwebtoken with the header type that tells them from other JWTs", () => {
    assert.equal(
      jsonwebtoken.decode(signAccessToken(key, claims()), { complete: true })?.header.typ,
      "at+jwt",
    );
  });

  it("are taken from a Bearer header only", () => {
    assert.equal(bearerToken("Bearer a.b.c"), "a.b.c");
    assert.equal(bearerToken("bearer a.b.c"), "a.b.c");
    for (const header of [
      undefined,
      "",
      "Bearer",
      "Basic a.b.c",
      "Bearer a b",
      "Bearer a,Bearer b",
    ])
      assert.throws(() => bearerToken(header), Unauthorized);
  });
});
