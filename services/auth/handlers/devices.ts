import { randomUUID } from "node:crypto";
import type { RequestHandler } from "express";
import { entitlementsOf, type RegionConfig } from "../../contract/index.ts";
import { Conflict, NotFound } from "../../shared/errors.ts";
import { parse } from "../../shared/http.ts";
import { codeOf } from "../../shared/postgres.ts";
import type { AuthContext } from "../context.ts";
import { tunnelAddresses } from "../domain/tunnel-address.ts";
import { bindSession, deleteDevice, freeTunnelIndex, insertDevice, listDevices, setDeviceKey, takeTunnelIndex, type DeviceRow } from "../store/devices.ts";
import { callerOf } from "./authenticate.ts";
import { deviceBody, deviceKeyBody, idPath } from "./schemas.ts";

const UNIQUE_VIOLATION = "23505";

function deviceView(row: DeviceRow, region: RegionConfig) {
  return { id: row.id, name: row.name, publicKey: row.public_key, addresses: tunnelAddresses(row.tunnel_index, region.tunnel), createdAt: row.created_at.toISOString() };
}

/** A key that another device has: WireGuard would take the address from one of them. */
async function refuseTakenKey<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (codeOf(error) === UNIQUE_VIOLATION) throw new Conflict("key-in-use", "This public key belongs to another device; make a new key pair.");
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
export function addDevice({ shards, region }: AuthContext): RequestHandler {
  const pool = region.shardMap.directory[0] ?? "";
  return async (request, response) => {
    const body = parse(deviceBody, request.body);
    const { userId, sessionId, claims } = callerOf(response);
    const max = entitlementsOf(claims.tier).maxDevices;
    const tunnelIndex = await takeTunnelIndex(shards, pool);
    const give = (): Promise<void> => freeTunnelIndex(shards, pool, tunnelIndex).catch(() => {});
    let row: DeviceRow | undefined;
    try {
      row = await refuseTakenKey(() => insertDevice(shards, { id: randomUUID(), userId, ...body, tunnelIndex, max }));
    } catch (error) {
      await give();
      throw error;
    }
    if (row === undefined) {
      await give();
      throw new Conflict("device-limit", `A ${claims.tier} account has at most ${max} devices; remove one first.`);
    }
    await bindSession(shards, userId, sessionId, row.id);
    response.status(201).json(deviceView(row, region));
  };
}

/** PUT /v1/devices/{id}/key. */
export function replaceKey({ shards, region }: AuthContext): RequestHandler {
  return async (request, response) => {
    const { id } = parse(idPath, request.params, "path");
    const { publicKey } = parse(deviceKeyBody, request.body);
    const row = await refuseTakenKey(() => setDeviceKey(shards, callerOf(response).userId, id, publicKey));
    if (row === undefined) throw new NotFound("This account has no such device.");
    response.json(deviceView(row, region));
  };
}

/** DELETE /v1/devices/{id}: its sessions end with it. */
export function removeDevice({ shards, region, revocations }: AuthContext): RequestHandler {
  return async (request, response) => {
    const { id } = parse(idPath, request.params, "path");
    const { userId } = callerOf(response);
    const gone = await deleteDevice(shards, userId, id);
    if (gone === undefined) throw new NotFound("This account has no such device.");
    await freeTunnelIndex(shards, region.shardMap.directory[0] ?? "", gone.tunnel_index);
    await revocations.announce(userId, gone.sessions);
    response.status(204).end();
  };
}
