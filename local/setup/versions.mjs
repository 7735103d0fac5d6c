// Versions of the binaries that npm does not carry. Kubernetes' minor is the EKS minor of
// infra/versions.ts (a test holds that), Pulumi's is that of @pulumi/pulumi.
export const PULUMI = "3.259.0";
export const KUBERNETES = "1.36.3";
export const ETCD = "3.6.16";
// The same as the image of infra/versions.ts (a test holds that).
export const COREDNS = "1.13.2";
