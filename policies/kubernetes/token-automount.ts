import { SERVICES } from "../../services/contract/index.ts";
import { flagAt, textAt } from "../lib/planned.ts";
import { podOf, WORKLOADS } from "../lib/pods.ts";
import { unless, type Rule } from "../lib/rule.ts";

const SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount";

/** Workloads that talk to the Kubernetes API: by their manifest, and tools whose work it is. */
const READERS: readonly string[] = [
  ...SERVICES.filter(({ kubernetesApi }) => kubernetesApi).map(({ name }) => name),
  "cluster-autoscaler",
  "fleet",
  "prometheus",
];

export const tokenAutomount: Rule = {
  id: "K11",
  name: "k11-token-automount",
  level: "mandatory",
  description: "No pod gets a token for the Kubernetes API unless its manifest asks for one",
  source: "CIS 4.1.6",
  resource: {
    types: [...WORKLOADS, SERVICE_ACCOUNT],
    check: (resource) => {
      if (resource.type === SERVICE_ACCOUNT) {
        return unless([
          flagAt(resource.props, "automountServiceAccountToken") === false,
          "automountServiceAccountToken must be false: a pod that needs a token says so itself",
        ]);
      }
      const pod = podOf(resource);
      if (pod === undefined) return [];
      const mounts = flagAt(pod.spec, "automountServiceAccountToken");
      return unless([
        mounts === false ||
          (mounts === true && READERS.includes(textAt(resource.props, "metadata.name") ?? "")),
        "automountServiceAccountToken must be false: its manifest asks for no Kubernetes API",
      ]);
    },
  },
};
