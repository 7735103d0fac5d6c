import type { Tier } from "./tiers.ts";

/** JOSE header `typ` of an access token (RFC 9068). */
export const ACCESS_TOKEN_TYPE = "at+jwt";
export const ACCESS_TOKEN_ALGORITHM = "ES256";
export const ACCESS_TOKEN_TTL_SECONDS = 15 * 60;
export const TOKEN_AUDIENCE = "securevpn";

/** Claims of an access token: all that the connect path needs, so connecting reads no database. */
export interface AccessClaims {
  readonly iss: string;
  readonly aud: string;
  /** User id, decimal. */
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  /** Session id. */
  readonly sid: string;
  readonly tier: Tier;
  /** Device id; absent until the session's device has a key. */
  readonly did?: string;
  /** Device's WireGuard public key, canonical base64. */
  readonly dpk?: string;
  /** Tunnel addresses of the device, e.g. `["100.64.0.9/32", "fd5e:..::9/128"]`. */
  readonly tun?: readonly string[];
}
