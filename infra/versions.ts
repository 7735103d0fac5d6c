/** Versions and image digests of everything that the program deploys. Nothing else names a version. */

/** EKS minor; the embedded control plane runs a patch release of the same minor. */
export const KUBERNETES_VERSION = "1.36";
/**
 * EKS minor of the endpoint nodes. It stays behind when the cluster is upgraded (kubelets may be
 * three minors older): an update in place would cut tunnels, so groups of the new minor are added by
 * the key endpointVersions, the old ones drained and taken away.
 */
export const ENDPOINT_VERSION = "1.36";
/**
 * Builds of the EKS add-ons for that minor: one that is not named is never updated, and each region
 * gets whichever is the default on its first day. How to read the newest: docs/patch.md.
 */
export const ADDON_VERSIONS = {
  // These five as a record of a 1.36 cluster of 2026-10-02 shows them active
  // (https://github.com/suzuki0430/kro-crossplane-eks-idp-lab, AWS verification; read 2026-11-24).
  "vpc-cni": "v1.22.4-eksbuild.3",
  "kube-proxy": "v1.36.0-eksbuild.25",
  coredns: "v1.14.6-eksbuild.4",
  "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
  "metrics-server": "v0.9.0-eksbuild.11",
  // Active on 1.36 nodes of AMI release 1.36.4-20260923, by two public records (2026-09; read 2026-11-24).
  "aws-ebs-csi-driver": "v1.66.0-eksbuild.1",
  // The newest that EKS offered for 1.36 on 2026-09-27, by a public review of its images (read 2026-11-24).
  "amazon-cloudwatch-observability": "v6.7.0-eksbuild.1",
} as const;

const BUILDS: Readonly<Record<string, string>> = ADDON_VERSIONS;
/** The build of an add-on; undefined: not pinned, for the reason in facts/unpinned-addons.ts. */
export const addonVersionOf = (addon: string): string | undefined => BUILDS[addon];

/**
 * Release of the EKS-optimised AL2023 image (x86 and arm64 share the number) by minor. 1.36.4-20260930
 * ran on the cluster of 2026-10-02 named above; releases: https://github.com/awslabs/amazon-eks-ami/releases.
 */
export const AMI_RELEASES: Readonly<Record<string, string>> = {
  "1.36": "1.36.4-20260930",
};

/** The major alone: RDS keeps minors up to date, and a minor named here would show as drift. */
export const POSTGRES_VERSION = "18";
export const POSTGRES_FAMILY = "postgres18";
export const VALKEY_VERSION = "8.1";
export const VALKEY_FAMILY = "valkey8";

/**
 * Account whose registries hold the images of EKS add-ons in all regions that need no opt-in
 * (https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html lists the others').
 */
const EKS_ADDON_REGISTRY = "602401143452";

/**
 * None comes from Docker Hub, which answers an address without an account 100 times in six hours:
 * nodes that scale out together share three NAT addresses, or have none of their own yet. A digest
 * names content, so it is the same on every registry that has the image.
 */
export const IMAGES = {
  /**
   * node:24.19.0-bookworm-slim, OCI index (amd64, arm64); digest as pinned by public Dockerfiles
   * (2026-08). Docker publishes its official images on ECR Public itself, which has no limit for
   * addresses of AWS.
   */
  node: "public.ecr.aws/docker/library/node:24.19.0-bookworm-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df",
  /**
   * Alpine with wireguard-tools, iproute2, nftables and wireguard-go (its Dockerfile installs them);
   * only its tools run here. Digest of the release as https://github.com/wg-easy/wg-easy/pkgs/container/wg-easy
   * shows it (2026-08). linuxserver/wireguard was not taken: nothing says which of its builds have nft.
   */
  dataPlane:
    "ghcr.io/wg-easy/wg-easy:15.3.0@sha256:b6ad56f6be5c879ce9ea9a7e577a05c95cab9681eb74d8a96563fd59efc818e6",
  /**
   * CoreDNS 1.13.2 as the EKS add-on runs it: nodes may pull it as it is, from their own region and
   * without a limit. Digest as a cluster that pulled this tag showed it (2026-09). Not the project's
   * own image: its binary has the file capability NET_BIND_SERVICE (its Dockerfile's setcap), and a
   * container that drops ALL cannot execute such a file; AWS's Dockerfile
   * (https://github.com/aws/eks-distro, projects/coredns) copies it without one.
   */
  resolver: (region: string): string =>
    `${EKS_ADDON_REGISTRY}.dkr.ecr.${region}.amazonaws.com/eks/coredns:v1.13.2-eksbuild.21@sha256:df7ee9e5fbcc524da9151b43906cc013cf2089c6a59b3c5c25dd65d2db51f54f`,
  /**
   * The OCI indexes (amd64, arm64) of the releases, by the digests under which public repositories
   * pin these very tags on these very registries (2026). Their makers publish there beside Docker Hub.
   */
  prometheus:
    "quay.io/prometheus/prometheus:v3.5.0@sha256:63805ebb8d2b3920190daf1cb14a60871b16fd38bed42b857a3182bc621f4996",
  alertmanager:
    "quay.io/prometheus/alertmanager:v0.28.1@sha256:27c475db5fb156cab31d5c18a4251ac7ed567746a2483ff264516437a39b15ba",
  /**
   * Published on Docker Hub alone (https://github.com/grafana/grafana/issues/27677); this is the
   * copy that Google keeps of it, in sync and open to all
   * (https://cloud.google.com/artifact-registry/docs/pull-cached-dockerhub-images). An ECR
   * pull-through cache of Docker Hub would need an account there.
   */
  grafana:
    "mirror.gcr.io/grafana/grafana:12.1.1@sha256:a1701c2180249361737a99a01bc770db39381640e4d631825d38ff4535efa47d",
  postgresExporter:
    "quay.io/prometheuscommunity/postgres-exporter:v0.17.1@sha256:38606faa38c54787525fb0ff2fd6b41b4cfb75d455c1df294927c5f611699b17",
  redisExporter:
    "quay.io/oliver006/redis_exporter:v1.73.0@sha256:1a8f5e48b2af0fb02d182be3ddd623e7e39881b6464bdb5bf843b1f6d45ed050",
  /** Of the cluster's own minor; digest as a public Terraform module for EKS 1.36 pins and tests it (2026; read 2026-11-24). */
  clusterAutoscaler:
    "registry.k8s.io/autoscaling/cluster-autoscaler:v1.36.0@sha256:dc5d62770338c2902f31b01f95c9fc8c456fd88baa5364ca154d6e47069ec885",
} as const;

/** TLS 1.3, and 1.2 with forward secrecy for older clients (ELB security policies). */
export const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";
/** The same for CloudFront (its security policies have names of their own). */
export const CDN_TLS_POLICY = "TLSv1.2_2021";
export const RDS_CA = "rds-ca-rsa2048-g1";
