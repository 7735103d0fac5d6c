import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { containerSecurity } from "../../../policies/kubernetes/container-security.ts";
import { namespaceSecurity } from "../../../policies/kubernetes/namespace-security.ts";
import { KUBERNETES_KINDS, refusalOf } from "../../../policies/lib/kinds.ts";
import { UNKNOWN, type PlannedObject } from "../../../policies/lib/planned.ts";
import { describeCases, type Violation } from "../cases.ts";
import { findingsOf, type Fixture } from "../support.ts";
import { AUTH, namespace, PLATFORM, values, VPN } from "./fixtures.ts";

const ENFORCE_VERSION = "metadata.labels.pod-security.kubernetes.io/enforce-version";
const CLUSTER: Fixture = {
  type: "aws:eks/cluster:Cluster",
  name: "cluster",
  props: { version: "1.36" },
};

/** What makes pods, opens a way or changes what others judged, by a kind that no policy reads. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["apps/v1:DeploymentPatch", /: state the change in the resource that makes the object$/],
  ["core/v1:NamespacePatch", /: state the change in/],
  ["core/v1:ServiceAccountPatch", /: state the change in/],
  ["apps/v1:DeploymentList", /: make one resource an object$/],
  ["core/v1:PodList", /: make one resource an object$/],
  ["rbac.authorization.k8s.io/v1:ClusterRoleBindingList", /: make one resource an object$/],
  ["helm.sh/v3:Release", /: no policy reads what a chart, .*: write typed resources$/],
  ["helm.sh/v3:Chart", /: no policy reads what a chart/],
  ["helm.sh/v4:Chart", /: no policy reads what a chart/],
  ["yaml:ConfigFile", /: no policy reads what a chart/],
  ["yaml:ConfigGroup", /: no policy reads what a chart/],
  ["yaml/v2:ConfigFile", /: no policy reads what a chart/],
  ["yaml/v2:ConfigGroup", /: no policy reads what a chart/],
  ["kustomize:Directory", /: no policy reads what a chart/],
  ["kustomize/v2:Directory", /: no policy reads what a chart/],
  ["apiextensions.k8s.io:CustomResource", /: no policy reads what a chart/],
  ["apiextensions.k8s.io/v1:CustomResourceDefinition", /: add it to policies/],
  ["extensions/v1beta1:Deployment", /: use the kind of the stable API version$/],
  ["extensions/v1beta1:DaemonSet", /: use the kind of the stable/],
  ["apps/v1beta1:StatefulSet", /: use the kind of the stable/],
  ["apps/v1beta2:ReplicaSet", /: use the kind of the stable/],
  ["batch/v1beta1:CronJob", /: use the kind of the stable/],
  ["batch/v2alpha1:CronJob", /: use the kind of the stable/],
  ["policy/v1beta1:PodSecurityPolicy", /: use the kind of the stable/],
  ["networking.k8s.io/v1:Ingress", /: give the service a path in its manifest$/],
  ["networking.k8s.io/v1:IngressClass", /: give the service a path/],
  ["gateway.networking.k8s.io/v1:HTTPRoute", /: give the service a path/],
  ["policy.networking.k8s.io/v1alpha1:AdminNetworkPolicy", /: write flows as NetworkPolicy of/],
  ["policy.networking.k8s.io/v1alpha1:BaselineAdminNetworkPolicy", /: write flows as/],
  ["crd.projectcalico.org/v1:GlobalNetworkPolicy", /: write flows as NetworkPolicy of/],
  ["core/v1:Endpoints", /: let a Service find its pods by spec\.selector$/],
  ["discovery.k8s.io/v1:EndpointSlice", /: let a Service find its pods/],
  ["core/v1:PersistentVolume", /: claim a volume of an encrypted StorageClass$/],
  ["admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration", /: nothing may stand between/],
  ["admissionregistration.k8s.io/v1:MutatingWebhookConfiguration", /: nothing may stand between/],
  ["admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding", /: nothing may stand/],
  ["apiregistration.k8s.io/v1:APIService", /: nothing may stand between/],
  ["storage.k8s.io/v1:CSIDriver", /: take drivers as EKS add-ons/],
  ["node.k8s.io/v1:RuntimeClass", /: take drivers as EKS add-ons, and the nodes' own runtime$/],
  ["certificates.k8s.io/v1:CertificateSigningRequest", /: add it to policies/],
  ["flowcontrol.apiserver.k8s.io/v1:FlowSchema", /: add it to policies\/lib\/kinds\.ts together/],
];

describe("kinds of objects", () => {
  describeCases([
    {
      rule: namespaceSecurity,
      compliant: [PLATFORM, VPN, AUTH, CLUSTER],
      fine: ["latest", "v1.36"].map((version) => ({
        title: `a standard of version ${version}`,
        change: {
          "metadata.labels": {
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/enforce-version": version,
          },
        },
      })),
      violating: [
        ...values("v1.0", "v1.35", UNKNOWN).map(({ value, shown }): Violation => ({
          title: `the standard as it was in ${shown}`,
          change: {
            "metadata.labels": {
              "pod-security.kubernetes.io/enforce": "restricted",
              "pod-security.kubernetes.io/enforce-version": value,
            },
          },
          says: [
            `label ${ENFORCE_VERSION.replace("metadata.labels.", "")} must be latest or v1.36, or absent`,
          ],
        })),
        {
          title: "kube-system taken over as a namespace of ours",
          also: [namespace("kube-system", "restricted")],
          says: ["metadata.name must be a known name of our own"],
        },
        {
          title: "a workload in kube-system, where no standard is enforced",
          of: "auth",
          change: { "metadata.namespace": "kube-system" },
          says: ["metadata.namespace must name a namespace of ours: kube-system is the cluster's"],
        },
        {
          title: "the map of IAM users that makes cluster admins",
          also: [
            {
              type: "kubernetes:core/v1:ConfigMap",
              name: "aws-auth",
              props: { metadata: { name: "aws-auth", namespace: "kube-system" } },
            },
          ],
          says: ["metadata.namespace must name a namespace of ours: kube-system is the cluster's"],
        },
        ...["core/v1:Pod", "core/v1:ReplicationController", "apps/v1:ReplicaSet"].map((kind) => ({
          title: `a bare ${kind}`,
          also: [
            {
              type: `kubernetes:${kind}`,
              name: "bare",
              props: { metadata: { namespace: "securevpn" } },
            },
          ],
          says: [
            `its kind must be one that is rolled and made anew, and kubernetes:${kind} is none: use a Deployment, StatefulSet, DaemonSet, Job or CronJob`,
          ],
        })),
        ...REFUSED.map(([kind, instead]) => ({
          title: kind,
          also: [{ type: `kubernetes:${kind}`, name: "other", props: {} }],
          says: new RegExp(
            `^its kind must be one that the policies read, and kubernetes:${kind.replaceAll(".", "\\.")} is none${instead.source}`,
          ),
        })),
      ],
    },
  ]);

  it("are each read, or refused with a way out", () => {
    for (const kind of KUBERNETES_KINDS) assert.equal(refusalOf(kind), undefined);
    assert.equal(refusalOf("aws:s3/bucket:Bucket"), undefined);
  });

  for (const [kind, spec] of [
    ["core/v1:Pod", (pod: PlannedObject) => ({ spec: pod })],
    ["core/v1:PodTemplate", (pod: PlannedObject) => ({ template: { spec: pod } })],
    [
      "core/v1:ReplicationController",
      (pod: PlannedObject) => ({ spec: { template: { spec: pod } } }),
    ],
    ["apps/v1:ReplicaSet", (pod: PlannedObject) => ({ spec: { template: { spec: pod } } })],
  ] as const) {
    for (const list of ["containers", "initContainers", "ephemeralContainers"]) {
      it(`of pods are judged alike: ${list} of a ${kind}`, () => {
        const bare = { containers: [{ name: "first" }], [list]: [{ name: "bare" }] };
        const fixture = { type: `kubernetes:${kind}`, name: "bare", props: spec(bare) };
        assert.ok(
          findingsOf(containerSecurity, [fixture]).includes(
            "container bare: securityContext.allowPrivilegeEscalation must be false",
          ),
        );
      });
    }
  }
});
