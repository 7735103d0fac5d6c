// The binaries that npm does not carry: one row a Go module, with where its publisher has it.
import { COREDNS, ETCD, KUBERNETES, PULUMI } from "./versions.mjs";

const GO_ARCHITECTURE = { x64: "amd64", arm64: "arm64" }[process.arch];
const ETCD_RELEASE = `https://github.com/etcd-io/etcd/releases/download/v${ETCD}`;
const ETCD_ARCHIVE = `etcd-v${ETCD}-linux-${GO_ARCHITECTURE}.tar.gz`;
const COREDNS_ARCHIVE = `coredns_${COREDNS}_linux_${GO_ARCHITECTURE}.tgz`;
const COREDNS_RELEASE = `https://github.com/coredns/coredns/releases/download/v${COREDNS}/${COREDNS_ARCHIVE}`;
const PULUMI_ARCHIVE = `pulumi-v${PULUMI}-linux-${process.arch}.tar.gz`;

function kubernetesFlags() {
  const [major, minor] = KUBERNETES.split(".");
  const base = "k8s.io/component-base/version";
  return `-s -w -X ${base}.gitVersion=v${KUBERNETES} -X ${base}.gitMajor=${major} -X ${base}.gitMinor=${minor}`;
}

const parts = (version) => version.split(".").map(Number);

/** Any patch release of the pinned minor: what both publishers promise to be compatible. */
const sameMinor = (pinned) => (found) => {
  const [a, b] = [parts(pinned), parts(found)];
  return a[0] === b[0] && a[1] === b[1];
};

/** The engine serves SDKs older than itself, so a newer CLI of the same major fits too. */
const sameMajorNotOlder = (pinned) => (found) => {
  const [a, b] = [parts(pinned), parts(found)];
  return a[0] === b[0] && (b[1] > a[1] || (b[1] === a[1] && b[2] >= a[2]));
};

/**
 * `minutes` is what a build took on 2 cores, `megabytes` what its binaries take of the disk.
 * `fits` judges a binary found on PATH. `files` are what the publisher has: with `strip`, an archive
 * whose members lie below that many folders; without, the binary itself. `checksums` lists digests of
 * `algorithm`, either one alone or lines of digest and file name.
 */
export const TOOLSETS = [
  {
    name: "Pulumi CLI",
    directory: "pulumi",
    version: PULUMI,
    fits: sameMajorNotOlder(PULUMI),
    minutes: 4,
    megabytes: 110,
    binaries: [
      {
        name: "pulumi",
        versionArgs: ["version"],
        package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      },
    ],
    ldflags: `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${PULUMI}`,
    files: [
      {
        name: PULUMI_ARCHIVE,
        url: `https://get.pulumi.com/releases/sdk/${PULUMI_ARCHIVE}`,
        checksums: `https://github.com/pulumi/pulumi/releases/download/v${PULUMI}/SHA512SUMS`,
        algorithm: "sha512",
        strip: 1,
        // The hosts of other languages are half of the archive.
        leaveOut: ["python", "go", "dotnet", "java", "yaml"].map(
          (name) => `*/pulumi-language-${name}*`,
        ),
      },
    ],
  },
  {
    name: "etcd",
    directory: "etcd",
    version: ETCD,
    fits: sameMinor(ETCD),
    minutes: 1,
    megabytes: 26,
    binaries: [{ name: "etcd", versionArgs: ["--version"], package: "go.etcd.io/etcd/server/v3" }],
    ldflags: "-s -w",
    files: [
      {
        name: ETCD_ARCHIVE,
        url: `${ETCD_RELEASE}/${ETCD_ARCHIVE}`,
        checksums: `${ETCD_RELEASE}/SHA256SUMS`,
        algorithm: "sha256",
        strip: 1,
        leaveOut: ["*/Documentation*", "*/etcdctl", "*/etcdutl"],
      },
    ],
  },
  {
    name: "CoreDNS",
    directory: "coredns",
    version: COREDNS,
    fits: sameMinor(COREDNS),
    minutes: 1,
    megabytes: 17,
    // A main of our own with the few plugins that are needed, without the SDKs of several clouds.
    binaries: [{ name: "coredns", versionArgs: ["-version"], package: "." }],
    ldflags: "-s -w",
    files: [
      {
        name: COREDNS_ARCHIVE,
        url: COREDNS_RELEASE,
        checksums: `${COREDNS_RELEASE}.sha256`,
        algorithm: "sha256",
        strip: 0,
      },
    ],
  },
  {
    name: "Kubernetes control plane",
    directory: "kubernetes",
    version: KUBERNETES,
    fits: sameMinor(KUBERNETES),
    minutes: 6,
    megabytes: 261,
    binaries: ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map((name) => ({
      name,
      versionArgs: ["--version"],
      package: `k8s.io/kubernetes/cmd/${name}`,
    })),
    ldflags: kubernetesFlags(),
    files: ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map((name) => {
      const url = `https://dl.k8s.io/release/v${KUBERNETES}/bin/linux/${GO_ARCHITECTURE}/${name}`;
      return { name, url, checksums: `${url}.sha256`, algorithm: "sha256" };
    }),
  },
];
