import type { RequestHandler } from "express";
import { Conflict, Unauthorized } from "../../shared/errors.ts";
import { parse } from "../../shared/http.ts";
import type { AuthContext } from "../context.ts";
import { emailHash } from "../domain/email.ts";
import {
  deleteAccount,
  findAccount,
  replacePasswordHash,
  type AccountRow,
} from "../store/accounts.ts";
import { listDevices } from "../store/devices.ts";
import { releaseEmail } from "../store/email-directory.ts";
import { revokeOtherSessions } from "../store/sessions.ts";
import { callerOf } from "./authenticate.ts";
import { freeDevice } from "./devices.ts";
import { accountDeleteBody, accountPatchBody } from "./schemas.ts";

async function ownAccount(context: AuthContext, userId: bigint): Promise<AccountRow> {
  const account = await findAccount(context.shards, userId);
  if (account === undefined) throw new Unauthorized("The account is gone.");
  return account;
}

async function confirmPassphrase(
  context: AuthContext,
  account: AccountRow,
  passphrase: string,
): Promise<void> {
  if (!(await context.hasher.verify(account.password_hash, passphrase)).ok)
    throw new Unauthorized("The passphrase is wrong.");
}

/** GET /v1/account. */
export function account(context: AuthContext): RequestHandler {
  return async (_request, response) => {
    const row = await ownAccount(context, callerOf(response).userId);
    response.json({
      id: String(row.id),
      email: row.email,
      tier: row.tier,
      createdAt: row.created_at.toISOString(),
    });
  };
}

/** PATCH /v1/account: a new passphrase ends every other session. */
export function changePassphrase(context: AuthContext): RequestHandler {
  return async (request, response) => {
    const body = parse(accountPatchBody, request.body);
    const { userId, sessionId } = callerOf(response);
    const row = await ownAccount(context, userId);
    await confirmPassphrase(context, row, body.currentPassphrase);
    const next = await context.hasher.hash(body.passphrase);
    if (!(await replacePasswordHash(context.shards, userId, row.password_hash, next))) {
      throw new Conflict(
        "changed-meanwhile",
        "The passphrase was changed a moment ago; log in again.",
      );
    }
    await context.revocations.announce(
      userId,
      await revokeOtherSessions(context.shards, userId, sessionId),
    );
    response.status(204).end();
  };
}

/** DELETE /v1/account: no row is left anywhere. */
export function eraseAccount(context: AuthContext): RequestHandler {
  const { shards, emailKey, revocations, log } = context;
  return async (request, response) => {
    const body = parse(accountDeleteBody, request.body);
    const { userId } = callerOf(response);
    const row = await ownAccount(context, userId);
    await confirmPassphrase(context, row, body.passphrase);
    const devices = await listDevices(shards, userId);
    await revocations.announce(userId, await revokeOtherSessions(shards, userId, null));
    await deleteAccount(shards, userId);
    // The account is gone: what is left of it elsewhere is given back, or taken over by who needs it.
    await releaseEmail(shards, emailHash(emailKey, row.email), userId).catch((error: unknown) =>
      log.warn({ err: error }, "e-mail entry not released"),
    );
    for (const device of devices) await freeDevice(context, userId, device);
    response.status(204).end();
  };
}
