import { RESOLVER } from "../../services/contract/index.ts";

export interface ResolverSettings {
  /** Addresses inside the tunnel on which it listens, and on nothing else. */
  readonly gateways: readonly string[];
  /** Blocks of the devices' tunnel addresses: who may ask. */
  readonly clients: readonly string[];
  /** Resolvers that are asked, each `address#name of its certificate`. */
  readonly upstreams: readonly string[];
}

/**
 * Names that mean something inside the region or a private network alone (RFC 6303, RFC 6761, what
 * EC2 and Kubernetes name): nobody outside can know them, and who asks should not be told. What a
 * public name says of a private address is not hidden (no plugin of CoreDNS judges an answer by its
 * address): the data plane's firewall drops what goes there.
 */
const PRIVATE_NAMES = [
  ...["cluster.local", "internal", "local", "localhost", "home.arpa", "onion"],
  // Reverse zones, which CoreDNS takes as blocks.
  ...["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"],
  ...["172.16.0.0/12", "192.168.0.0/16", "fc00::/8", "fd00::/8", "fe80::/16"],
];
/** Seconds for which an answer is kept at most, and for which it is given while no upstream answers. */
const CACHE_SECONDS = 3600;
/** Answers and denials kept: about 40 MB when full. */
const CACHED = { answers: 65_536, denials: 16_384 };
/**
 * Queries under way; beyond it they are refused. Each holds a TLS connection to the upstream: 4,000
 * that got no answer took 232 MB, 10,000 took 364 MB, and the container may have 256 MiB.
 */
const MAX_CONCURRENT = 2_000;

/** `9.9.9.9#dns.quad9.net` as CoreDNS writes it: DNS over TLS, with the name its certificate must carry. */
function upstream(text: string): string {
  const [address = "", name = ""] = text.split("#");
  return `tls://${address}%${name}`;
}

/**
 * Configuration of a VPN server's resolver. It has neither `log` nor `errors`: both print the names
 * that clients ask for. Its metrics count by zone (`.`), type and upstream, never by name or client.
 * Two upstreams share the questions at random; one that fails is left out.
 */
export function corefile({ gateways, clients, upstreams }: ResolverSettings): string {
  return `.:${RESOLVER.port} {
    bind ${gateways.join(" ")}
    bufsize 1232
    ready {$POD_IP}:${RESOLVER.readyPort}
    prometheus {$POD_IP}:${RESOLVER.metricsPort}
    acl {
        allow net ${clients.join(" ")}
        drop
    }
    cache ${CACHE_SECONDS} {
        success ${CACHED.answers}
        denial ${CACHED.denials}
        serve_stale ${CACHE_SECONDS}s
    }
    template ANY ANY ${PRIVATE_NAMES.join(" ")} {
        rcode NXDOMAIN
    }
    forward . ${upstreams.map(upstream).join(" ")} {
        expire 30s
        failover SERVFAIL REFUSED
        max_concurrent ${MAX_CONCURRENT}
    }
}
`;
}
