import type { Shards } from "../../shared/postgres.ts";

/** After this a reservation that was never confirmed may be taken over; statements end after 2 s. */
const STALE_SECONDS = 30;

export interface Entry {
  readonly user_id: bigint;
  readonly confirmed: boolean;
  readonly stale: boolean;
}

/** Reserves an address for an id; false when somebody holds it. One statement, so parallel sign-ups have one winner. */
export async function reserveEmail(shards: Shards, hash: Buffer, userId: bigint): Promise<boolean> {
  const text =
    "insert into email_directory (email_hash, user_id) values ($1, $2) on conflict (email_hash) do nothing returning user_id";
  const rows = await shards.on(shards.directoryShard(hash), {
    name: "reserve-email",
    text,
    values: [hash, userId],
  });
  return rows.length > 0;
}

export async function findEmail(shards: Shards, hash: Buffer): Promise<Entry | undefined> {
  const text = `
    select user_id, confirmed, not confirmed and reserved_at < now() - make_interval(secs => ${STALE_SECONDS}) as stale
    from email_directory where email_hash = $1`;
  const [row] = await shards.on<Entry>(shards.directoryShard(hash), {
    name: "find-email",
    text,
    values: [hash],
  });
  return row;
}

/** Makes a reservation final; false when it was taken over meanwhile. */
export async function confirmEmail(shards: Shards, hash: Buffer, userId: bigint): Promise<boolean> {
  const text =
    "update email_directory set confirmed = true where email_hash = $1 and user_id = $2 returning user_id";
  const rows = await shards.on(shards.directoryShard(hash), {
    name: "confirm-email",
    text,
    values: [hash, userId],
  });
  return rows.length > 0;
}

/** Takes over an entry without account: of a sign-up that died before it made one, or of an account that was erased. */
export async function takeOverEmail(
  shards: Shards,
  hash: Buffer,
  from: bigint,
  to: bigint,
): Promise<boolean> {
  const text = `
    update email_directory set user_id = $3, reserved_at = now(), confirmed = false
    where email_hash = $1 and user_id = $2
      and (confirmed or reserved_at < now() - make_interval(secs => ${STALE_SECONDS}))
    returning user_id`;
  const rows = await shards.on(shards.directoryShard(hash), {
    name: "take-over-email",
    text,
    values: [hash, from, to],
  });
  return rows.length > 0;
}

export async function releaseEmail(shards: Shards, hash: Buffer, userId: bigint): Promise<void> {
  const text = "delete from email_directory where email_hash = $1 and user_id = $2";
  await shards.on(shards.directoryShard(hash), {
    name: "release-email",
    text,
    values: [hash, userId],
  });
}
