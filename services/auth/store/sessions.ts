import type { Tier } from "../../contract/index.ts";
import type { Shards } from "../../shared/postgres.ts";

/** A session with what its access tokens carry. */
export interface SessionFacts {
  readonly id: string;
  readonly user_id: bigint;
  readonly tier: Tier;
  readonly device_id: string | null;
  readonly public_key: string | null;
  readonly tunnel_index: bigint | null;
}

export interface SessionRow {
  readonly id: string;
  readonly device_id: string | null;
  readonly device_name: string | null;
  readonly created_at: Date;
  readonly rotated_at: Date;
}

const SESSION_DAYS = 60;
/** The immediate predecessor gets the same successor again for so long: a lost reply logs nobody out. */
const GRACE_SECONDS = 30;

const FACTS = `
  select s.id, s.user_id, a.tier, s.device_id, d.public_key, d.tunnel_index
  from s join accounts a on a.id = s.user_id left join devices d on d.id = s.device_id
  where a.disabled_at is null`;

/**
 * Opens a session; with a device of the user, or none. Undefined: the account is gone, disabled or has
 * another passphrase by now (a login must not outlive the change that ends all sessions), or the device is not theirs.
 */
export async function openSession(
  shards: Shards,
  session: {
    id: string;
    userId: bigint;
    deviceId: string | null;
    refreshHash: Buffer;
    passwordHash: string;
  },
): Promise<SessionFacts | undefined> {
  const text = `
    with s as (
      insert into sessions (id, user_id, device_id, refresh_hash, expires_at)
      select $1::uuid, a.id, $3::uuid, $4::bytea, now() + make_interval(days => ${SESSION_DAYS})
      from accounts a
      where a.id = $2::bigint and a.disabled_at is null and a.password_hash = $5
        and ($3::uuid is null or exists (select from devices d where d.id = $3::uuid and d.user_id = a.id))
      returning *
    ) ${FACTS}`;
  const values = [
    session.id,
    session.userId,
    session.deviceId,
    session.refreshHash,
    session.passwordHash,
  ];
  const [row] = await shards.forUser<SessionFacts>(session.userId, {
    name: "open-session",
    text,
    values,
  });
  return row;
}

export type Rotation =
  | { readonly kind: "rotated"; readonly facts: SessionFacts }
  | { readonly kind: "reused" }
  | { readonly kind: "gone" };

/**
 * Spends a refresh token: one conditional update. The current token moves the family on; its
 * predecessor within the grace changes nothing and is answered with the same successor; any other
 * genuine token of the family ends it.
 */
export async function rotateSession(
  shards: Shards,
  token: { userId: bigint; sessionId: string; presented: Buffer; successor: Buffer },
): Promise<Rotation> {
  const text = `
    with s as (
      update sessions set
        previous_hash = case when refresh_hash = $3 then refresh_hash else previous_hash end,
        rotated_at    = case when refresh_hash = $3 then now() else rotated_at end,
        refresh_hash  = case when refresh_hash = $3 then $4 else refresh_hash end,
        revoked_at    = case
          when refresh_hash = $3 then null
          when previous_hash = $3 and refresh_hash = $4 and rotated_at > now() - make_interval(secs => ${GRACE_SECONDS}) then null
          else now() end
      where id = $1 and user_id = $2 and revoked_at is null and expires_at > now()
      returning *
    )
    select s.id, s.user_id, a.tier, s.device_id, d.public_key, d.tunnel_index, s.revoked_at is not null as reused
    from s join accounts a on a.id = s.user_id left join devices d on d.id = s.device_id
    where a.disabled_at is null`;
  const values = [token.sessionId, token.userId, token.presented, token.successor];
  const [row] = await shards.forUser<SessionFacts & { reused: boolean }>(token.userId, {
    name: "rotate-session",
    text,
    values,
  });
  if (row === undefined) return { kind: "gone" };
  return row.reused ? { kind: "reused" } : { kind: "rotated", facts: row };
}

export async function listSessions(shards: Shards, userId: bigint): Promise<SessionRow[]> {
  const text = `
    select s.id, s.device_id, d.name as device_name, s.created_at, s.rotated_at
    from sessions s left join devices d on d.id = s.device_id
    where s.user_id = $1 and s.revoked_at is null and s.expires_at > now()
    order by s.rotated_at desc limit 100`;
  return shards.forUser<SessionRow>(userId, { name: "list-sessions", text, values: [userId] });
}

/** True when it was a live session of the user. */
export async function revokeSession(
  shards: Shards,
  userId: bigint,
  sessionId: string,
): Promise<boolean> {
  const text =
    "update sessions set revoked_at = now() where id = $1 and user_id = $2 and revoked_at is null returning id";
  const rows = await shards.forUser(userId, {
    name: "revoke-session",
    text,
    values: [sessionId, userId],
  });
  return rows.length > 0;
}

/** Ends all sessions of a user but one; the ids of those that ended. */
export async function revokeOtherSessions(
  shards: Shards,
  userId: bigint,
  keep: string | null,
): Promise<string[]> {
  const text = `
    update sessions set revoked_at = now()
    where user_id = $1 and revoked_at is null and ($2::uuid is null or id <> $2::uuid) returning id`;
  const rows = await shards.forUser<{ id: string }>(userId, {
    name: "revoke-others",
    text,
    values: [userId, keep],
  });
  return rows.map((row) => row.id);
}

/** Whether a session may still be used; asked of the primary. */
export async function sessionIsLive(
  shards: Shards,
  userId: bigint,
  sessionId: string,
): Promise<boolean> {
  const text = `
    select from sessions s join accounts a on a.id = s.user_id
    where s.id = $1 and s.user_id = $2 and s.revoked_at is null and s.expires_at > now() and a.disabled_at is null`;
  return (
    (await shards.forUser(userId, { name: "session-is-live", text, values: [sessionId, userId] }))
      .length > 0
  );
}
