import type { RequestHandler } from "express";
import { Unavailable } from "../../shared/errors.ts";
import { parse } from "../../shared/http.ts";
import type { Shards } from "../../shared/postgres.ts";
import type { AuthContext } from "../context.ts";
import { emailHash, normaliseEmail } from "../domain/email.ts";
import { findAccount, insertAccount, roomOf, takeUserId } from "../store/accounts.ts";
import { confirmEmail, findEmail, releaseEmail, reserveEmail, takeOverEmail } from "../store/email-directory.ts";
import { signUpBody } from "./schemas.ts";

/** An id on the shard with most room; a full or broken shard is passed over. */
async function newUserId(shards: Shards): Promise<bigint> {
  const rooms = await Promise.all(shards.names.map(async (shard) => ({ shard, room: await roomOf(shards, shard).catch(() => 0n) })));
  for (const { shard } of rooms.filter(({ room }) => room > 0n).sort((a, b) => (a.room < b.room ? 1 : -1))) {
    const id = await takeUserId(shards, shard);
    if (id !== undefined) return id;
  }
  throw new Unavailable("No account can be made just now; try again.");
}

/** Claims the address for the id: fresh, or from a sign-up that died before it made its account. */
async function claimEmail(shards: Shards, hash: Buffer, id: bigint): Promise<boolean> {
  if (await reserveEmail(shards, hash, id)) return true;
  const entry = await findEmail(shards, hash);
  if (entry === undefined || !entry.stale) return false;
  if ((await findAccount(shards, entry.user_id)) !== undefined) {
    await confirmEmail(shards, hash, entry.user_id); // it died after the account: finish its work
    return false;
  }
  return takeOverEmail(shards, hash, entry.user_id, id);
}

/**
 * POST /v1/accounts. The answer, and its time, are the same whether the address was free or not: an
 * id is drawn and a passphrase hashed before we look, and nothing is told.
 */
export function signUp({ shards, hasher, emailKey, attempts }: AuthContext): RequestHandler {
  return async (request, response) => {
    const body = parse(signUpBody, request.body);
    const hash = emailHash(emailKey, body.email);
    const passwordHash = await hasher.hash(body.passphrase);
    const id = await newUserId(shards);
    const claimed = await claimEmail(shards, hash, id);
    if (claimed) {
      try {
        await insertAccount(shards, { id, email: normaliseEmail(body.email), emailHash: hash, passwordHash });
      } catch (error) {
        await releaseEmail(shards, hash, id).catch(() => {}); // else it is free again after five minutes
        throw error;
      }
      await confirmEmail(shards, hash, id);
    }
    attempts.inc({ kind: "sign-up", outcome: claimed ? "success" : "taken" });
    response.status(201).json({ id: String(id) });
  };
}
