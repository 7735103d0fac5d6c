import type { Shards } from "../../shared/postgres.ts";

export interface DeviceRow {
  readonly id: string;
  readonly name: string;
  readonly public_key: string;
  readonly tunnel_index: bigint;
  readonly created_at: Date;
}

const COLUMNS = "id, name, public_key, tunnel_index, created_at";
/** A freed address rests so long: a server may still hold the old device's peer. */
const REST_HOURS = 24;

/** A tunnel address number of the region that nobody holds; long-freed ones first. */
export async function takeTunnelIndex(shards: Shards, shard: string): Promise<bigint> {
  const text = `
    with freed as (
      delete from tunnel_free where index = (
        select index from tunnel_free where freed_at < now() - make_interval(hours => ${REST_HOURS})
        order by freed_at limit 1 for update skip locked)
      returning index)
    select coalesce((select index from freed), nextval('tunnel_index')) as index`;
  const [row] = await shards.on<{ index: bigint }>(shard, { name: "take-tunnel-index", text });
  if (row === undefined) throw new Error("no tunnel index");
  return row.index;
}

export async function freeTunnelIndex(shards: Shards, shard: string, index: bigint): Promise<void> {
  const text = "insert into tunnel_free (index) values ($1) on conflict do nothing";
  await shards.on(shard, { name: "free-tunnel-index", text, values: [index] });
}

/**
 * Adds a device while the account has room. The counter in the account's row makes parallel calls
 * wait for one another: counting rows would let them all through. Undefined: no room.
 */
export async function insertDevice(
  shards: Shards,
  device: { id: string; userId: bigint; name: string; publicKey: string; tunnelIndex: bigint; max: number },
): Promise<DeviceRow | undefined> {
  const text = `
    with slot as (
      update accounts set device_count = device_count + 1 where id = $2 and device_count < $6 returning id)
    insert into devices (id, user_id, name, public_key, tunnel_index)
    select $1::uuid, slot.id, $3::text, $4::text, $5::bigint from slot
    returning ${COLUMNS}`;
  const values = [device.id, device.userId, device.name, device.publicKey, device.tunnelIndex, device.max];
  const [row] = await shards.forUser<DeviceRow>(device.userId, { name: "insert-device", text, values });
  return row;
}

/** Ties a session to a device, so that its next access token carries the device. */
export async function bindSession(shards: Shards, userId: bigint, sessionId: string, deviceId: string): Promise<void> {
  const text = "update sessions set device_id = $3 where id = $1 and user_id = $2 and revoked_at is null";
  await shards.forUser(userId, { name: "bind-session", text, values: [sessionId, userId, deviceId] });
}

export async function listDevices(shards: Shards, userId: bigint): Promise<DeviceRow[]> {
  const text = `select ${COLUMNS} from devices where user_id = $1 order by created_at`;
  return shards.forUser<DeviceRow>(userId, { name: "list-devices", text, values: [userId] });
}

export async function setDeviceKey(shards: Shards, userId: bigint, deviceId: string, publicKey: string): Promise<DeviceRow | undefined> {
  const text = `update devices set public_key = $3 where id = $1 and user_id = $2 returning ${COLUMNS}`;
  const [row] = await shards.forUser<DeviceRow>(userId, { name: "set-device-key", text, values: [deviceId, userId, publicKey] });
  return row;
}

/** Removes a device and ends its sessions; undefined when it was not the user's. */
export async function deleteDevice(shards: Shards, userId: bigint, deviceId: string): Promise<{ tunnel_index: bigint; sessions: string[] } | undefined> {
  const text = `
    with ended as (
      update sessions set revoked_at = now() where device_id = $1 and user_id = $2 and revoked_at is null returning id),
    gone as (
      delete from devices where id = $1 and user_id = $2 returning tunnel_index),
    counted as (
      update accounts set device_count = device_count - 1 where id = $2 and exists (select from gone))
    select tunnel_index, array(select id::text from ended) as sessions from gone`;
  const [row] = await shards.forUser<{ tunnel_index: bigint; sessions: string[] }>(userId, { name: "delete-device", text, values: [deviceId, userId] });
  return row;
}
