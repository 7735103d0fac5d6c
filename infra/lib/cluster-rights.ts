import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

type Rules = kubernetes.types.input.rbac.v1.PolicyRule[];
type Subject = kubernetes.types.input.rbac.v1.Subject;

/** A service account as the subject of a binding. */
export const subjectOf = (account: kubernetes.core.v1.ServiceAccount): Subject => ({
  kind: "ServiceAccount",
  name: account.metadata.name,
  namespace: account.metadata.namespace,
});

/** Lets a subject do in the whole cluster what the rules say: a ClusterRole of its own, and its binding. */
export function grantInCluster(
  parent: pulumi.Resource,
  name: string,
  rules: Rules,
  subject: Subject,
): void {
  const metadata = { name: `securevpn-${name}` };
  const role = new kubernetes.rbac.v1.ClusterRole(name, { metadata, rules }, { parent });
  new kubernetes.rbac.v1.ClusterRoleBinding(
    name,
    {
      metadata,
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: role.metadata.name,
      },
      subjects: [subject],
    },
    { parent },
  );
}
