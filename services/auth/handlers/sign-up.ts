import type { RequestHandler } from "express";
import { Unavailable } from "../../shared/errors.ts";
import { parse } from "../../shared/http.ts";
import type { Shards } from "../../shared/postgres.ts";
import type { AuthContext } from "../context.ts";
import { emailHash, normaliseEmail } from "../domain/email.ts";
import { byRoom } from "../domain/room.ts";
import {
  deleteAccount,
  findAccount,
  insertAccount,
  roomOf,
  takeUserId,
} from "../store/accounts.ts";
import {
  confirmEmail,
  findEmail,
  releaseEmail,
  reserveEmail,
  takeOverEmail,
} from "../store/email-directory.ts";
import { signUpBody } from "./schemas.ts";

/** An id on the shard with most room; a full or broken shard is passed over. */
async function newUserId(shards: Shards): Promise<bigint> {
  const rooms = await Promise.all(
    shards.names.map(async (shard) => ({
      shard,
      room: await roomOf(shards, shard).catch(() => 0n),
    })),
  );
  for (const shard of byRoom(rooms)) {
    const id = await takeUserId(shards, shard).catch(() => undefined);
    if (id !== undefined) return id;
  }
  throw new Unavailable("No account can be made just now; try again.");
}

/** `pending`: another sign-up for the address runs, or died seconds ago; soon one of the others is true. */
type Claim = "claimed" | "taken" | "pending";

/** Claims the address for the id: fresh, or from an entry that has no account. */
async function claimEmail(shards: Shards, hash: Buffer, id: bigint): Promise<Claim> {
  if (await reserveEmail(shards, hash, id)) return "claimed";
  const entry = await findEmail(shards, hash);
  if (entry === undefined) return "pending";
  if ((await findAccount(shards, entry.user_id)) !== undefined) {
    if (!entry.confirmed) await confirmEmail(shards, hash, entry.user_id); // its sign-up died after the account
    return "taken";
  }
  // Confirmed without account: an erased one. Not confirmed and young: its account may come yet.
  if (!entry.confirmed && !entry.stale) return "pending";
  return (await takeOverEmail(shards, hash, entry.user_id, id)) ? "claimed" : "pending";
}

/**
 * Makes the account behind a claimed address. When the database does not say whether the row is in,
 * the claim stays: it is taken over half a minute later unless the account is there.
 */
async function makeAccount(
  shards: Shards,
  account: { id: bigint; email: string; emailHash: Buffer; passwordHash: string },
): Promise<void> {
  try {
    await insertAccount(shards, account);
  } catch (error) {
    if (!(error instanceof Unavailable))
      await releaseEmail(shards, account.emailHash, account.id).catch(() => {});
    throw error;
  }
  // A confirmation that cannot be written is made up for by whoever meets the entry next.
  const confirmed = await confirmEmail(shards, account.emailHash, account.id).catch(() => true);
  if (confirmed) return;
  await deleteAccount(shards, account.id); // we were so slow that another took the address over
  throw new Unavailable("The sign-up took too long; try again.");
}

/**
 * POST /v1/accounts. The answer is the same whether the address was free or not, so that nobody
 * learns who has an account: an id is drawn and a passphrase hashed before we look, and a taken
 * address gets an id that leads nowhere. The price: its owner must find out by logging in.
 */
export function signUp({ shards, hasher, emailKey, attempts }: AuthContext): RequestHandler {
  return async (request, response) => {
    const body = parse(signUpBody, request.body);
    const hash = emailHash(emailKey, body.email);
    const passwordHash = await hasher.hash(body.passphrase);
    const id = await newUserId(shards);
    const claim = await claimEmail(shards, hash, id);
    if (claim === "pending")
      throw new Unavailable("The sign-up cannot be finished just now; try again.", {
        retryAfterSeconds: 5,
      });
    if (claim === "claimed")
      await makeAccount(shards, {
        id,
        email: normaliseEmail(body.email),
        emailHash: hash,
        passwordHash,
      });
    attempts.inc({ kind: "sign-up", outcome: claim === "claimed" ? "success" : "taken" });
    response.status(201).json({ id: String(id) });
  };
}
