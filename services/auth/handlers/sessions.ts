import type { RequestHandler } from "express";
import { NotFound, Unauthorized } from "../../shared/errors.ts";
import { parse } from "../../shared/http.ts";
import type { AuthContext } from "../context.ts";
import { emailHash } from "../domain/email.ts";
import { refreshHash } from "../domain/refresh-token.ts";
import { issueTokens, newSession } from "../domain/tokens.ts";
import { findAccount, replacePasswordHash } from "../store/accounts.ts";
import { findEmail } from "../store/email-directory.ts";
import { listSessions, openSession, revokeSession, rotateSession } from "../store/sessions.ts";
import { callerOf } from "./authenticate.ts";
import { idPath, loginBody, refreshBody } from "./schemas.ts";

const WRONG_LOGIN = "The e-mail address or the passphrase is wrong.";

/** POST /v1/sessions: login. An unknown address costs one hash as well, and says the same. */
export function login(context: AuthContext): RequestHandler {
  const { shards, hasher, attempts } = context;
  return async (request, response) => {
    const body = parse(loginBody, request.body);
    const entry = await findEmail(shards, emailHash(context.emailKey, body.email));
    const account = entry === undefined ? undefined : await findAccount(shards, entry.user_id);
    const { ok, outdated } = await hasher.verify(
      account?.password_hash ?? context.dummyHash,
      body.passphrase,
    );
    if (account === undefined || !ok || account.disabled_at !== null) {
      attempts.inc({ kind: "login", outcome: "failure" });
      throw new Unauthorized(WRONG_LOGIN);
    }
    let passwordHash = account.password_hash;
    if (outdated) {
      const renewed = await hasher.hash(body.passphrase);
      if (await replacePasswordHash(shards, account.id, passwordHash, renewed))
        passwordHash = renewed;
    }
    const session = newSession();
    const deviceId = body.deviceId ?? null;
    const facts = await openSession(shards, {
      id: session.id,
      userId: account.id,
      deviceId,
      refreshHash: session.refreshHash,
      passwordHash,
    });
    if (facts === undefined)
      throw deviceId === null
        ? new Unauthorized(WRONG_LOGIN)
        : new NotFound("This account has no such device.");
    attempts.inc({ kind: "login", outcome: "success" });
    response.status(201).json(issueTokens(context.issuer, facts, session.secret));
  };
}

/** POST /v1/sessions/refresh: spends a refresh token for its successor and a new access token. */
export function refresh(context: AuthContext): RequestHandler {
  const { shards, issuer, attempts, revocations } = context;
  return async (request, response) => {
    const { refreshToken } = parse(refreshBody, request.body);
    const token = issuer.refresh.decode(refreshToken);
    if (token === undefined || !shards.holds(token.userId))
      throw new Unauthorized("The refresh token is not valid; log in again.");
    const successor = issuer.refresh.successor(token.secret);
    const rotation = await rotateSession(shards, {
      ...token,
      presented: refreshHash(token.secret),
      successor: refreshHash(successor),
    });
    if (rotation.kind === "reused") {
      await revocations.announce(token.userId, [token.sessionId]);
      context.log.warn("a spent refresh token came back; its session is ended");
    }
    attempts.inc({ kind: "refresh", outcome: rotation.kind });
    if (rotation.kind !== "rotated")
      throw new Unauthorized("The refresh token is not valid any more; log in again.");
    response.json(issueTokens(issuer, rotation.facts, successor));
  };
}

/** GET /v1/sessions. */
export function sessions({ shards }: AuthContext): RequestHandler {
  return async (_request, response) => {
    const caller = callerOf(response);
    const rows = await listSessions(shards, caller.userId);
    response.json({
      sessions: rows.map((row) => ({
        id: row.id,
        current: row.id === caller.sessionId,
        device: row.device_id === null ? null : { id: row.device_id, name: row.device_name },
        createdAt: row.created_at.toISOString(),
        lastUsedAt: row.rotated_at.toISOString(),
      })),
    });
  };
}

/** DELETE /v1/sessions/{id} and /v1/sessions/current: logout. */
export function endSession({ shards, revocations }: AuthContext): RequestHandler {
  return async (request, response) => {
    const caller = callerOf(response);
    const id =
      request.params["id"] === "current"
        ? caller.sessionId
        : parse(idPath, request.params, "path").id;
    if (!(await revokeSession(shards, caller.userId, id)))
      throw new NotFound("This account has no such session.");
    await revocations.announce(caller.userId, [id]);
    response.status(204).end();
  };
}
