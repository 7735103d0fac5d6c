import ipaddr from "ipaddr.js";
import { z } from "zod";
import { publicKeyFault } from "../../shared/wireguard-key.ts";
import type { Peer } from "./peers.ts";

/** One address of a client; a wider range would take over other clients' traffic. */
function isSingleAddress(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  if (rest.length > 0) return false;
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return bits === "32";
  return ipaddr.IPv6.isValid(address) && bits === "128";
}

export const peerShape = z.object({
  publicKey: z.string().refine((text) => publicKeyFault(text) === undefined),
  allowedIps: z.array(z.string().refine(isSingleAddress)).min(1).max(4),
});

const epoch = z.number().int().min(0);

export const registeredShape = z.object({
  serverId: z.string().min(1),
  heartbeatSeconds: z.number().min(0.05).max(300),
  reconcileSeconds: z.number().min(0.05).max(3600),
});
export const beatenShape = z.object({ draining: z.boolean() });
export const removedShape = z.object({ epoch, publicKey: z.string() });
export const addedShape = peerShape.extend({ epoch });

const listShape = z.object({ epoch, peers: z.array(z.unknown()) });

export interface PeerList {
  readonly epoch: number;
  readonly peers: readonly Peer[];
  /** Items that are no peers; they are left out, so that one bad record does not freeze a server. */
  readonly invalid: number;
}

/** A whole list from an answer; undefined when it is not one, whatever its status was. */
export function parsePeerList(answer: unknown): PeerList | undefined {
  const list = listShape.safeParse(answer);
  if (!list.success) return undefined;
  const peers = list.data.peers.flatMap((item) => {
    const peer = peerShape.safeParse(item);
    return peer.success ? [peer.data] : [];
  });
  return { epoch: list.data.epoch, peers, invalid: list.data.peers.length - peers.length };
}
