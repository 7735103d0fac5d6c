import { z } from "zod";
import { publicKeyFault } from "../../shared/wireguard-key.ts";

export const idPath = z.object({ id: z.uuid() });

/** What a client may ask of its connection. */
export const connectBody = z.strictObject({
  serverId: z.string().max(64).optional(),
  location: z.string().max(64).optional(),
});

/** What a client saw; times in milliseconds. */
export const outcomeBody = z.strictObject({
  outcome: z.enum(["connected", "failed"]),
  handshakeMs: z.number().min(0).max(600_000).optional(),
  latencyMs: z.number().min(0).max(10_000).optional(),
});

export const configQuery = z.strictObject({ format: z.enum(["text", "png", "svg"]).optional() });

const publicKey = z
  .string()
  .refine((text) => publicKeyFault(text) === undefined, "must be a WireGuard public key");
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** The address is not asked: it comes from the Node. */
export const registerBody = z.strictObject({
  publicKey,
  udpPort: z.number().int().min(1).max(65535),
  version: z.string().max(64),
});

export const MAX_HANDSHAKES = 20_000;

export const beatBody = z.strictObject({
  peers: count,
  /** Peers that shook hands since the beat before; a key may come again. */
  handshakes: z
    .array(
      z.strictObject({ publicKey: z.string().max(64), ageSeconds: z.number().min(0).max(1e9) }),
    )
    .max(MAX_HANDSHAKES),
  rxBytes: count,
  txBytes: count,
  loadRatio: z.number().min(0).max(1),
  /** Whether its data plane reports back; absent: it does. */
  serving: z.boolean().optional(),
});
