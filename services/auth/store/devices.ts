import type { Shards } from "../../shared/postgres.ts";

export interface DeviceRow {
  readonly id: string;
  readonly name: string;
  readonly public_key: string;
  readonly tunnel_index: bigint;
  readonly created_at: Date;
}

/** Unique on the shard; over the shards `device_keys` is. */
export const DEVICE_KEY_CONSTRAINT = "devices_public_key_key";

const COLUMNS = "id, name, public_key, tunnel_index, created_at";
/**
 * Adds a device while the account has room. The counter in the account's row makes parallel calls
 * wait for one another: counting rows would let them all through. Undefined: no room.
 */
export async function insertDevice(
  shards: Shards,
  device: {
    id: string;
    userId: bigint;
    name: string;
    publicKey: string;
    tunnelIndex: bigint;
    max: number;
  },
): Promise<DeviceRow | undefined> {
  const text = `
    with slot as (
      update accounts set device_count = device_count + 1 where id = $2 and device_count < $6 returning id)
    insert into devices (id, user_id, name, public_key, tunnel_index)
    select $1::uuid, slot.id, $3::text, $4::text, $5::bigint from slot
    returning ${COLUMNS}`;
  const values = [
    device.id,
    device.userId,
    device.name,
    device.publicKey,
    device.tunnelIndex,
    device.max,
  ];
  const [row] = await shards.forUser<DeviceRow>(device.userId, {
    name: "insert-device",
    text,
    values,
  });
  return row;
}

/** Ties a session to a device, so that its next access token carries the device. */
export async function bindSession(
  shards: Shards,
  userId: bigint,
  sessionId: string,
  deviceId: string,
): Promise<void> {
  const text =
    "update sessions set device_id = $3 where id = $1 and user_id = $2 and revoked_at is null";
  await shards.forUser(userId, {
    name: "bind-session",
    text,
    values: [sessionId, userId, deviceId],
  });
}

export async function listDevices(shards: Shards, userId: bigint): Promise<DeviceRow[]> {
  const text = `select ${COLUMNS} from devices where user_id = $1 order by created_at`;
  return shards.forUser<DeviceRow>(userId, { name: "list-devices", text, values: [userId] });
}

/** Changes a device's key; answers the one before, too. */
export async function setDeviceKey(
  shards: Shards,
  userId: bigint,
  deviceId: string,
  publicKey: string,
): Promise<(DeviceRow & { readonly old_key: string }) | undefined> {
  const columns = COLUMNS.split(", ").map((column) => `new.${column}`);
  const text = `update devices set public_key = $3 where id = $1 and user_id = $2 returning ${columns.join(", ")}, old.public_key as old_key`;
  const [row] = await shards.forUser<DeviceRow & { old_key: string }>(userId, {
    name: "set-device-key",
    text,
    values: [deviceId, userId, publicKey],
  });
  return row;
}

export interface RemovedDevice {
  readonly tunnel_index: bigint;
  readonly public_key: string;
  /** Ids of the sessions that ended with it. */
  readonly sessions: string[];
}

/** Removes a device and ends its sessions; undefined when it was not the user's. */
export async function deleteDevice(
  shards: Shards,
  userId: bigint,
  deviceId: string,
): Promise<RemovedDevice | undefined> {
  const text = `
    with ended as (
      update sessions set revoked_at = now() where device_id = $1 and user_id = $2 and revoked_at is null returning id),
    gone as (
      delete from devices where id = $1 and user_id = $2 returning tunnel_index, public_key),
    counted as (
      update accounts set device_count = device_count - 1 where id = $2 and exists (select from gone))
    select tunnel_index, public_key, array(select id::text from ended) as sessions from gone`;
  const [row] = await shards.forUser<RemovedDevice>(userId, {
    name: "delete-device",
    text,
    values: [deviceId, userId],
  });
  return row;
}
