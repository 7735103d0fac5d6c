/** Versions and image digests of everything that the program deploys. Nothing else names a version. */

/** EKS minor; the embedded control plane runs a patch release of the same minor. */
export const KUBERNETES_VERSION = "1.35";
export const POSTGRES_VERSION = "18.1";
export const POSTGRES_FAMILY = "postgres18";
export const VALKEY_VERSION = "8.1";
export const VALKEY_FAMILY = "valkey8";

export const IMAGES = {
  /** docker.io/library/node:24-slim, OCI index; the digest as pinned by several public Dockerfiles (2026-08). */
  node: "docker.io/library/node:24-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df",
  /** wireguard-tools, iproute2 and a packet filter on Alpine; digest as pinned by the public project "ployz". */
  dataPlane: "ghcr.io/linuxserver/wireguard@sha256:2c33534e332d158e6cfebebef23acc044586b6f285ad422b92b03870db98cccd",
} as const;

/** TLS 1.3, and 1.2 with forward secrecy for older clients (ELB security policies). */
export const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";
export const RDS_CA = "rds-ca-rsa2048-g1";
