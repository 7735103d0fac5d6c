import { randomUUID } from "node:crypto";
import type { RequestHandler } from "express";
import { entitlementsOf, type RegionConfig } from "../../contract/index.ts";
import { Conflict, NotFound, Unavailable } from "../../shared/errors.ts";
import { parse } from "../../shared/http.ts";
import { violatedConstraint, type Shards } from "../../shared/postgres.ts";
import type { AuthContext } from "../context.ts";
import { tunnelAddresses } from "../domain/tunnel-address.ts";
import { releaseKey, reserveKey } from "../store/device-keys.ts";
import {
  bindSession,
  deleteDevice,
  DEVICE_KEY_CONSTRAINT,
  insertDevice,
  listDevices,
  setDeviceKey,
  type DeviceRow,
} from "../store/devices.ts";
import { freeTunnelIndex, takeTunnelIndex } from "../store/tunnel-index.ts";
import { callerOf } from "./authenticate.ts";
import { deviceBody, deviceKeyBody, idPath } from "./schemas.ts";

function deviceView(row: DeviceRow, region: RegionConfig) {
  return {
    id: row.id,
    name: row.name,
    publicKey: row.public_key,
    addresses: tunnelAddresses(row.tunnel_index, region.tunnel),
    createdAt: row.created_at.toISOString(),
  };
}

const keyInUse = (): Conflict =>
  new Conflict("key-in-use", "This public key belongs to another device; make a new key pair.");

/**
 * Runs a change that gives a device a key, with the key reserved over all shards: WireGuard would
 * take the address from one of two devices with one key. `change` answers undefined when it did nothing.
 */
async function withReservedKey<T>(
  shards: Shards,
  publicKey: string,
  userId: bigint,
  change: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const reservation = await reserveKey(shards, publicKey, userId);
  if (reservation === "taken") throw keyInUse();
  let done: T | undefined;
  try {
    done = await change();
  } catch (error) {
    // The reservation stays: either the device has the key, or we do not know, and the owner may try again.
    throw violatedConstraint(error) === DEVICE_KEY_CONSTRAINT ? keyInUse() : error;
  }
  if (done === undefined && reservation === "fresh")
    await releaseKey(shards, publicKey, userId).catch(() => {});
  return done;
}

/** Adds a device with an address of its own; undefined: the account has no room for one more. */
async function registerDevice(
  { shards, region }: AuthContext,
  device: { userId: bigint; name: string; publicKey: string; max: number },
): Promise<DeviceRow | undefined> {
  const { userId } = device;
  const tunnelIndex = await takeTunnelIndex(shards, userId);
  try {
    tunnelAddresses(tunnelIndex, region.tunnel);
  } catch (error) {
    throw new Unavailable("No tunnel address is free just now.", {
      cause: error,
      retryAfterSeconds: 3600,
    });
  }
  const giveBack = (): Promise<void> =>
    freeTunnelIndex(shards, userId, tunnelIndex).catch(() => {});
  try {
    const row = await insertDevice(shards, { id: randomUUID(), tunnelIndex, ...device });
    if (row === undefined) await giveBack();
    return row;
  } catch (error) {
    // After a time-out the device may be there: an address is rather lost than dealt twice.
    if (violatedConstraint(error) === DEVICE_KEY_CONSTRAINT) await giveBack();
    throw error;
  }
}

/** GET /v1/devices. */
export function devices({ shards, region }: AuthContext): RequestHandler {
  return async (_request, response) => {
    const rows = await listDevices(shards, callerOf(response).userId);
    response.json({ devices: rows.map((row) => deviceView(row, region)) });
  };
}

/** POST /v1/devices: registers a device and ties the session to it; the next access token carries it. */
export function addDevice(context: AuthContext): RequestHandler {
  const { shards, region } = context;
  return async (request, response) => {
    const { name, publicKey } = parse(deviceBody, request.body);
    const { userId, sessionId, claims } = callerOf(response);
    const max = entitlementsOf(claims.tier).maxDevices;
    const row = await withReservedKey(shards, publicKey, userId, () =>
      registerDevice(context, { userId, name, publicKey, max }),
    );
    if (row === undefined)
      throw new Conflict(
        "device-limit",
        `A ${claims.tier} account has at most ${max} devices; remove one first.`,
      );
    await bindSession(shards, userId, sessionId, row.id);
    response.status(201).json(deviceView(row, region));
  };
}

/** PUT /v1/devices/{id}/key. */
export function replaceKey({ shards, region }: AuthContext): RequestHandler {
  return async (request, response) => {
    const { id } = parse(idPath, request.params, "path");
    const { publicKey } = parse(deviceKeyBody, request.body);
    const { userId } = callerOf(response);
    const row = await withReservedKey(shards, publicKey, userId, () =>
      setDeviceKey(shards, userId, id, publicKey),
    );
    if (row === undefined) throw new NotFound("This account has no such device.");
    if (row.old_key !== publicKey) await releaseKey(shards, row.old_key, userId).catch(() => {});
    response.json(deviceView(row, region));
  };
}

/** DELETE /v1/devices/{id}: its sessions end with it. */
export function removeDevice(context: AuthContext): RequestHandler {
  return async (request, response) => {
    const { id } = parse(idPath, request.params, "path");
    const { userId } = callerOf(response);
    const gone = await deleteDevice(context.shards, userId, id);
    if (gone === undefined) throw new NotFound("This account has no such device.");
    await context.revocations.announce(userId, gone.sessions);
    await freeDevice(context, userId, gone);
    response.status(204).end();
  };
}

/** Gives back what a removed device held on other shards. A failure loses one address, not the answer. */
export async function freeDevice(
  { shards, log }: AuthContext,
  userId: bigint,
  device: Pick<DeviceRow, "public_key" | "tunnel_index">,
): Promise<void> {
  try {
    await releaseKey(shards, device.public_key, userId);
    await freeTunnelIndex(shards, userId, device.tunnel_index);
  } catch (error) {
    log.warn({ err: error }, "a removed device's key or address is not given back");
  }
}
