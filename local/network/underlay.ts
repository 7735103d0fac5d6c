import { accessSync, constants } from "node:fs";
import type { CloudContext, Tools } from "../cloud/context.ts";
import { NamespacedUnderlay } from "./namespaced-underlay.ts";
import { SimulatedUnderlay } from "./simulated-underlay.ts";

/** The programs that a real data plane needs. */
export interface NetworkTools {
  readonly ip: string;
  readonly wg: string;
  readonly wireguardGo: string;
  readonly ping: string;
}

export interface UnderlayHost {
  readonly name: string;
  /** Network namespace to run in with `ip netns exec`; empty when simulated. */
  readonly netns: string;
  /** IPv4 address on the underlay. */
  readonly address: string;
  /**
   * Name for the host's WireGuard interface, unique on the machine: wireguard-go's control socket is
   * named for the interface and lies outside of the namespace.
   */
  readonly interfaceName: string;
}

/** The network on which VPN nodes and clients meet, in place of the internet. */
export interface Underlay {
  readonly mode: "real" | "simulated";
  /** Why it is simulated, one sentence for a person. */
  readonly reason?: string;
  /** Present when real. */
  readonly tools?: NetworkTools;
  addHost(name: string): Promise<UnderlayHost>;
  /** Removes a host with the processes that run in it; an unknown name is no error. */
  removeHost(name: string): Promise<void>;
  close(): Promise<void>;
}

/** What the underlay needs of the cloud. */
export type UnderlayContext = Pick<
  CloudContext,
  "stateDir" | "addresses" | "ca" | "parts" | "tools" | "say"
>;

const accessible = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** The tools of a real underlay, or the first reason for which there can be none. */
function requirements(tools: Tools): NetworkTools | { readonly missing: string } {
  if (process.getuid?.() !== 0) return { missing: "network namespaces need root" };
  if (!accessible("/dev/net/tun")) return { missing: "this machine has no usable /dev/net/tun" };
  const { ip, wg, wireguardGo, ping } = tools;
  if (ip === undefined) return { missing: "ip (package iproute2) is not installed" };
  if (wg === undefined) return { missing: "wg (package wireguard-tools) is not installed" };
  if (wireguardGo === undefined) return { missing: "wireguard-go is not installed" };
  if (ping === undefined) return { missing: "ping (package iputils-ping) is not installed" };
  return { ip, wg, wireguardGo, ping };
}

/**
 * Opens the underlay: network namespaces joined by a bridge in a namespace of its own where the
 * machine allows it, else one that only hands out addresses. Throws when another cloud of the same
 * slot runs on this machine.
 */
export async function openUnderlay(ctx: UnderlayContext): Promise<Underlay> {
  const found = requirements(ctx.tools);
  if ("missing" in found) return simulated(ctx, found.missing);
  const opened = await NamespacedUnderlay.open(ctx, found);
  if (!(opened instanceof NamespacedUnderlay)) return simulated(ctx, opened.refused);
  ctx.parts.report({
    name: "network/underlay",
    kind: "network",
    state: "ready",
    address: `${ctx.addresses.underlayPrefix}.0/24`,
    detail: "real WireGuard in network namespaces",
  });
  return opened;
}

function simulated(ctx: UnderlayContext, reason: string): Underlay {
  ctx.say(`the VPN data plane is simulated: ${reason}`);
  ctx.parts.report({
    name: "network/underlay",
    kind: "network",
    state: "ready",
    detail: `simulated: ${reason}`,
  });
  return new SimulatedUnderlay(ctx.addresses, reason);
}
