import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnPart } from "../cloud/process.ts";
import type { UnderlayContext } from "./underlay.ts";

/**
 * The one resolver of the embedded internet, a block and a name for documentation; the local stack's
 * key `dnsUpstreams` names it. In its own namespaces every slot can have the same address.
 */
export const INTERNET_RESOLVER = { address: "203.0.113.53", name: "dns.securevpn.test" } as const;

const PROGRAM = fileURLToPath(new URL("./dns-over-tls.ts", import.meta.url));

/** Starts the resolver in a namespace that has its address; `mark` tells the keeper whose it is. */
export async function startInternetResolver(
  ctx: UnderlayContext,
  ip: string,
  netns: string,
  mark: string,
): Promise<ChildProcess> {
  const { certPem, keyPem } = await ctx.ca.issue({
    commonName: INTERNET_RESOLVER.name,
    dnsNames: [INTERNET_RESOLVER.name],
  });
  return spawnPart({
    command: ip,
    args: ["netns", "exec", netns, ctx.tools.node, PROGRAM],
    env: {
      LISTEN_ADDRESS: INTERNET_RESOLVER.address,
      CERTIFICATE: certPem,
      KEY: keyPem,
      WIREGUARD_INTERFACE: mark,
    },
    logFile: join(ctx.stateDir, "logs", "internet-resolver.log"),
  });
}
