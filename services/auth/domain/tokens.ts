import { randomBytes, randomUUID } from "node:crypto";
import {
  ACCESS_TOKEN_TTL_SECONDS,
  TOKEN_AUDIENCE,
  type AccessClaims,
  type RegionConfig,
} from "../../contract/index.ts";
import { signAccessToken, type SigningKey } from "../../shared/jwt.ts";
import type { SessionFacts } from "../store/sessions.ts";
import { refreshHash, type RefreshTokens } from "./refresh-token.ts";
import { tunnelAddresses } from "./tunnel-address.ts";

/** What login and refresh answer (RFC 6749, 5.1, in this API's spelling). */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly tokenType: "Bearer";
  readonly expiresInSeconds: number;
  readonly sessionId: string;
}

export function claimsOf(
  facts: SessionFacts,
  region: RegionConfig,
  nowSeconds: number,
  tokenId: string,
): AccessClaims {
  const device =
    facts.device_id === null || facts.public_key === null || facts.tunnel_index === null
      ? {}
      : {
          did: facts.device_id,
          dpk: facts.public_key,
          tun: tunnelAddresses(facts.tunnel_index, region.tunnel),
        };
  return {
    iss: region.issuer,
    aud: TOKEN_AUDIENCE,
    sub: String(facts.user_id),
    iat: nowSeconds,
    exp: nowSeconds + ACCESS_TOKEN_TTL_SECONDS,
    jti: tokenId,
    sid: facts.id,
    tier: facts.tier,
    ...device,
  };
}

export interface TokenIssuer {
  readonly key: SigningKey;
  readonly region: RegionConfig;
  readonly refresh: RefreshTokens;
}

export function issueTokens(issuer: TokenIssuer, facts: SessionFacts, secret: Buffer): TokenPair {
  const claims = claimsOf(facts, issuer.region, Math.floor(Date.now() / 1000), randomUUID());
  return {
    accessToken: signAccessToken(issuer.key, claims),
    refreshToken: issuer.refresh.encode({ userId: facts.user_id, sessionId: facts.id, secret }),
    tokenType: "Bearer",
    expiresInSeconds: ACCESS_TOKEN_TTL_SECONDS,
    sessionId: facts.id,
  };
}

export interface NewSession {
  readonly id: string;
  readonly secret: Buffer;
  readonly refreshHash: Buffer;
}

export function newSession(): NewSession {
  const secret = randomBytes(32);
  return { id: randomUUID(), secret, refreshHash: refreshHash(secret) };
}
