import { describe } from "mocha";
import { rbac } from "../../../policies/kubernetes/rbac.ts";
import { tokenAutomount } from "../../../policies/kubernetes/token-automount.ts";
import { UNKNOWN, type Planned, type PlannedObject } from "../../../policies/lib/planned.ts";
import { describeCases, type Violation } from "../cases.ts";
import {
  ACCOUNT,
  AUTH,
  BINDING,
  object,
  PLATFORM,
  POD,
  ROLE,
  values,
  VPN,
  VPN_SERVER,
} from "./fixtures.ts";

const rule = (resources: readonly string[], verbs: readonly string[]) => ({
  rules: [{ apiGroups: [""], resources, verbs }],
});
const INTO_PODS =
  "rules must not allow pods/exec, pods/attach, pods/portforward, pods/ephemeralcontainers, pods/proxy, services/proxy, nodes/proxy";
const CLIMBING = "rules must not allow escalate, bind, impersonate, approve, sign";
const CREDENTIALS =
  "rules must make no credentials: serviceaccounts/token, certificatesigningrequests, certificatesigningrequests/approval, certificatesigningrequests/status, signers";
const WILDCARD = 'rules must name groups, resources and verbs, not "*"';
const SUBJECTS =
  "subjects must be ServiceAccounts: people come by access entries, and a group is everybody in it";
const role = (kind: string, name: string, namespace: string, rules: Planned) =>
  object(`rbac.authorization.k8s.io/v1:${kind}`, name, namespace, { rules });
const PODS_OF_FLEET = [{ apiGroups: [""], resources: ["pods"], verbs: ["create", "delete"] }];
const outside = (resources: string): string =>
  `rules must not write ${resources} outside a Role of namespace securevpn-vpn: a pod reads every Secret of its namespace`;

const projected = (...sources: readonly Planned[]) => ({
  [`${POD}.volumes`]: [{ name: "token", projected: { sources } }],
});
const token = (of: PlannedObject): PlannedObject => ({
  serviceAccountToken: { path: "token", ...of },
});
const SECRET = object("core/v1:Secret", "auth-secrets", "securevpn", {
  type: "Opaque",
  stringData: UNKNOWN,
});
const otherToken = (whom: string): string =>
  `volume token: a token must be one that the manifest asks for: it is for ${whom}`;

describe("rights in the cluster, whichever way they come", () => {
  describeCases([
    {
      rule: rbac,
      compliant: [ROLE, BINDING, PLATFORM, VPN],
      fine: [
        {
          title: "a Role that makes pods where VPN servers are",
          also: [role("Role", "fleet", "securevpn-vpn", PODS_OF_FLEET)],
        },
        {
          title: "a path that tells nothing",
          change: { rules: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }] },
        },
      ],
      violating: [
        {
          title: "rules taken from roles that nobody has read",
          change: { aggregationRule: { clusterRoleSelectors: [{ matchLabels: {} }] }, rules: [] },
          says: ["aggregationRule must be left out: it takes in rules that nobody has read"],
        },
        {
          title: "rules given to the built-in roles",
          change: {
            "metadata.labels": { "rbac.authorization.k8s.io/aggregate-to-edit": "true" },
          },
          says: [
            "metadata.labels must not add its rules to another role (rbac.authorization.k8s.io/aggregate-to-*)",
          ],
        },
        {
          title: "a built-in role written anew",
          change: { "metadata.name": "system:node" },
          says: ["metadata.name must not be that of a built-in role: system:node"],
        },
        ...[
          "pods/attach",
          "pods/portforward",
          "pods/ephemeralcontainers",
          "nodes/proxy",
          "services/proxy",
        ].map((resource): Violation => ({
          title: `a way into pods: ${resource}`,
          change: rule([resource], ["create"]),
          says: [INTO_PODS],
        })),
        ...[["*/exec"], ["*/*"], ["*"]].map((resources): Violation => ({
          title: `a wildcard in ${resources.join("")}`,
          change: rule(resources, ["get"]),
          says: [WILDCARD],
        })),
        {
          title: "a wildcard in paths",
          change: { rules: [{ nonResourceURLs: ["/debug/*"], verbs: ["get"] }] },
          says: [WILDCARD],
        },
        {
          title: "a path that shows the API server's memory",
          change: { rules: [{ nonResourceURLs: ["/debug/pprof/heap"], verbs: ["get"] }] },
          says: ["nonResourceURLs must be of /livez, /readyz, /healthz, /version, /metrics"],
        },
        ...["escalate", "bind", "impersonate", "impersonate:user-info", "approve"].map(
          (verb): Violation => ({
            title: `the verb ${verb}`,
            change: rule(["things"], [verb]),
            says: [CLIMBING],
          }),
        ),
        ...["serviceaccounts/token", "certificatesigningrequests/approval"].map(
          (resource): Violation => ({
            title: `a credential by ${resource}`,
            change: rule([resource], ["create"]),
            says: [CREDENTIALS],
          }),
        ),
        ...["get", "list", "watch"].map((verb): Violation => ({
          title: `secrets of the whole cluster by ${verb}`,
          change: rule(["secrets"], [verb]),
          says: ["rules must not allow secrets: mount as a file the one that is needed"],
        })),
        ...[
          "mutatingwebhookconfigurations",
          "clusterrolebindings",
          "namespaces",
          "networkpolicies",
          "endpointslices",
        ].map((resource): Violation => ({
          title: `${resource} that it may write`,
          change: rule([resource], ["patch"]),
          says: [`rules must not write what decides over others: ${resource}`],
        })),
        {
          title: "pods made in every namespace",
          change: rule(["pods", "jobs"], ["create"]),
          says: [outside("pods, jobs")],
        },
        {
          title: "pods made beside the platform's secrets",
          also: [role("Role", "fleet", "securevpn", PODS_OF_FLEET)],
          says: [outside("pods")],
        },
        ...[
          "admin",
          "view",
          "system:controller:clusterrole-aggregation-controller",
          "eks:addon-manager",
        ].map((name): Violation => ({
          title: `a binding to ${name}`,
          of: "token-review-binding",
          change: { "roleRef.name": name },
          says: [`roleRef.name must not be ${name}: write a role of what is needed`],
        })),
        {
          title: "a binding to a role of another stack",
          of: "token-review-binding",
          change: { "roleRef.name": "elsewhere" },
          says: ["roleRef must be a role of this stack, whose rules the policies read"],
        },
        ...["authenticated", "unauthenticated", "masters", "serviceaccounts"].map(
          (name): Violation => ({
            title: `a binding of the group system:${name}`,
            of: "token-review-binding",
            change: { subjects: [{ kind: "Group", name: `system:${name}` }] },
            says: [SUBJECTS],
          }),
        ),
        {
          title: "a binding of the user system:anonymous",
          of: "token-review-binding",
          change: { subjects: [{ kind: "User", name: "system:anonymous" }] },
          says: [SUBJECTS],
        },
        ...values(UNKNOWN, [UNKNOWN], []).map(({ value, shown }): Violation => ({
          title: `subjects that are ${shown}`,
          of: "token-review-binding",
          change: { subjects: value },
          says: [SUBJECTS],
        })),
        ...[
          { kind: "ServiceAccount", name: "default" },
          { kind: "ServiceAccount", name: "coredns", namespace: "kube-system" },
        ].map((subject): Violation => ({
          title: `the account ${subject.name}`,
          of: "token-review-binding",
          change: { subjects: [subject] },
          says: [
            "subjects must not be an account named `default`, nor one in a namespace of the cluster's",
          ],
        })),
      ],
    },
    {
      rule: tokenAutomount,
      compliant: [AUTH, VPN_SERVER, ACCOUNT, SECRET, PLATFORM, VPN],
      fine: [
        {
          title: "the agent's token for the selector",
          of: "vpn-server",
          change: projected(token({ audience: "selector.securevpn" })),
        },
        {
          title: "a token for the Kubernetes API of one whose work it is",
          change: { "metadata.name": "prometheus-1", ...projected(token({})) },
        },
        { title: "projected files", change: projected({ configMap: { name: "region" } }) },
      ],
      violating: [
        {
          title: "a token for the Kubernetes API by a volume",
          change: projected(token({})),
          says: [otherToken("the Kubernetes API")],
        },
        {
          title: "a token for AWS by a volume",
          change: projected(
            { configMap: { name: "region" } },
            token({ audience: "sts.amazonaws.com" }),
          ),
          says: [otherToken("sts.amazonaws.com")],
        },
        {
          title: "the agent's audience in another's pod",
          change: projected(token({ audience: "selector.securevpn" })),
          says: [otherToken("selector.securevpn")],
        },
        {
          title: "a token for the API in the agent's pod",
          of: "vpn-server",
          change: projected(token({ audience: "https://kubernetes.default.svc" })),
          says: [otherToken("https://kubernetes.default.svc")],
        },
        {
          title: "an audience that is not known",
          of: "vpn-server",
          change: projected(token({ audience: UNKNOWN })),
          says: [otherToken("nobody knows whom")],
        },
        {
          title: "a certificate for the API by a volume",
          change: projected({
            podCertificate: { signerName: "kubernetes.io/kube-apiserver-client-pod" },
          }),
          says: [
            "volume token: podCertificate must be left out: it is a credential that no manifest asks for",
          ],
        },
        {
          title: "sources that are not known",
          change: projected(UNKNOWN),
          says: ["volume token: projected.sources must be known in preview"],
        },
        ...["kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"].map(
          (type): Violation => ({
            title: `a Secret of type ${type}`,
            of: "auth-secrets",
            change: { type },
            says: [
              "type must not be kubernetes.io/service-account-token or bootstrap.kubernetes.io/token: project a token that ends",
            ],
          }),
        ),
        {
          title: "an IAM role by annotation",
          of: "auth-account",
          change: {
            "metadata.annotations": {
              "eks.amazonaws.com/role-arn": "arn:aws:iam::000000000000:role/securevpn-deployer",
            },
          },
          says: [
            "metadata.annotations must not name an IAM role (eks.amazonaws.com/role-arn): make a PodIdentityAssociation",
          ],
        },
        {
          title: "an account with tokens that do not end",
          of: "auth-account",
          change: { secrets: [{ name: "auth-token" }] },
          says: ["secrets must be left out: they list tokens without an end"],
        },
      ],
    },
  ]);
});
