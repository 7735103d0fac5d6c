/**
 * EKS add-ons without a pinned build, and why: a build that nobody has seen on this Kubernetes minor is not
 * invented. The first deployment reads it (docs/patch.md); until then a policy names them at every preview.
 */
export const UNPINNED_ADDONS: Readonly<Record<string, string>> = {
  "kube-state-metrics": "v2.19.1-eksbuild.2 is public, but no source says on which minor it runs",
  "prometheus-node-exporter":
    "v1.11.1-eksbuild.7 is public, but no source says on which minor it runs",
};
