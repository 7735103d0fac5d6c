/** Versions and image digests of everything that the program deploys. Nothing else names a version. */

/** EKS minor; the embedded control plane runs a patch release of the same minor. */
export const KUBERNETES_VERSION = "1.35";
/** The major alone: RDS keeps minors up to date, and a minor named here would show as drift. */
export const POSTGRES_VERSION = "18";
export const POSTGRES_FAMILY = "postgres18";
export const VALKEY_VERSION = "8.1";
export const VALKEY_FAMILY = "valkey8";

export const IMAGES = {
  /** node:24.19.0-bookworm-slim, OCI index (amd64, arm64); digest as pinned by public Dockerfiles (2026-08). */
  node: "docker.io/library/node:24.19.0-bookworm-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df",
  /**
   * Alpine with wireguard-tools, iproute2, nftables and wireguard-go (its Dockerfile installs them);
   * only its tools run here. Digest of the release as https://github.com/wg-easy/wg-easy/pkgs/container/wg-easy
   * shows it (2026-08). linuxserver/wireguard was not taken: nothing says which of its builds have nft.
   */
  dataPlane:
    "ghcr.io/wg-easy/wg-easy:15.3.0@sha256:b6ad56f6be5c879ce9ea9a7e577a05c95cab9681eb74d8a96563fd59efc818e6",
} as const;

/** TLS 1.3, and 1.2 with forward secrecy for older clients (ELB security policies). */
export const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";
/** The same for CloudFront (its security policies have names of their own). */
export const CDN_TLS_POLICY = "TLSv1.2_2021";
export const RDS_CA = "rds-ca-rsa2048-g1";
