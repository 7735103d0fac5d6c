/**
 * Sessions that ended before their access tokens did. PostgreSQL has the truth; the cache carries it
 * to the selectors: a key per session that outlives its tokens, and a channel for those that listen.
 */
export const REVOCATION_CHANNEL = "revocations";
export const revocationKey = (sessionId: string): string => `revoked:${sessionId}`;
/** Access-token lifetime and a minute for clocks. */
export const REVOCATION_TTL_SECONDS = 15 * 60 + 60;

/** Message of the channel: whose session ended. */
export const revocationMessage = (userId: string, sessionId: string): string =>
  `${userId} ${sessionId}`;
