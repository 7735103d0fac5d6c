import { AGENT_TOKEN_AUDIENCE, SERVICES } from "../../services/contract/index.ts";
import {
  at,
  flagAt,
  isObject,
  isSet,
  listAt,
  objectsAt,
  textAt,
  UNKNOWN,
  type Planned,
  type PlannedObject,
} from "../lib/planned.ts";
import { podOf, WORKLOADS, type Pod } from "../lib/pods.ts";
import { unless, type Rule } from "../lib/rule.ts";
import { isVpnServer } from "../lib/vpn-server.ts";

const SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount";
const SECRET = "kubernetes:core/v1:Secret";
/** Secrets that Kubernetes turns into a credential for its API, without an end. */
const TOKEN_SECRETS = ["kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"];
const ROLE_ARN = "eks.amazonaws.com/role-arn";

/** Workloads that talk to the Kubernetes API: by their manifest, and tools whose work it is. */
const READERS: readonly string[] = [
  ...SERVICES.filter(({ kubernetesApi }) => kubernetesApi).map(({ name }) => name),
  "cluster-autoscaler",
  "fleet",
  "prometheus",
];
/** One of several alike bears a number behind the name. */
const isReader = (workload: string): boolean => READERS.includes(workload.replace(/-\d+$/, ""));

/** Whom a token is for; absent: the Kubernetes API. */
const mayShow = (audience: Planned | undefined, pod: Pod): boolean =>
  isSet({ audience }, "audience")
    ? audience === AGENT_TOKEN_AUDIENCE && isVpnServer(pod)
    : isReader(pod.workload);

function judgeSource(source: Planned, volume: string, pod: Pod): string[] {
  if (!isObject(source)) return [`volume ${volume}: projected.sources must be known in preview`];
  const audience = at(source, "serviceAccountToken.audience");
  const shown = typeof audience === "string" && audience !== "" ? audience : "the Kubernetes API";
  return unless(
    [
      !isSet(source, "serviceAccountToken") || mayShow(audience, pod),
      `volume ${volume}: a token must be one that the manifest asks for: it is for ${audience === UNKNOWN ? "nobody knows whom" : shown}`,
    ],
    [
      !isSet(source, "podCertificate"),
      `volume ${volume}: podCertificate must be left out: it is a credential that no manifest asks for`,
    ],
  );
}

/** Tokens by projected volumes are the same tokens, and `automountServiceAccountToken` says nothing of them. */
const judgeVolumes = (pod: Pod): string[] =>
  objectsAt(pod.spec, "volumes")
    .filter((volume) => isSet(volume, "projected"))
    .flatMap((volume) => {
      const sources = at(volume, "projected.sources");
      const list: readonly Planned[] =
        sources === UNKNOWN ? [UNKNOWN] : listAt(volume, "projected.sources");
      return list.flatMap((source) => judgeSource(source, textAt(volume, "name") ?? "?", pod));
    });

function judgePod(pod: Pod): string[] {
  const mounts = flagAt(pod.spec, "automountServiceAccountToken");
  return [
    ...unless([
      mounts === false || (mounts === true && READERS.includes(pod.workload)),
      "automountServiceAccountToken must be false: its manifest asks for no Kubernetes API",
    ]),
    ...judgeVolumes(pod),
  ];
}

function judgeAccount(props: PlannedObject): string[] {
  const annotations = at(props, "metadata.annotations");
  return unless(
    [
      flagAt(props, "automountServiceAccountToken") === false,
      "automountServiceAccountToken must be false: a pod that needs a token says so itself",
    ],
    [
      annotations !== UNKNOWN && !(isObject(annotations) && ROLE_ARN in annotations),
      `metadata.annotations must not name an IAM role (${ROLE_ARN}): make a PodIdentityAssociation`,
    ],
    [!isSet(props, "secrets"), "secrets must be left out: they list tokens without an end"],
  );
}

const judgeSecret = (props: PlannedObject): string[] =>
  unless([
    at(props, "type") !== UNKNOWN && !TOKEN_SECRETS.includes(textAt(props, "type") ?? ""),
    `type must not be ${TOKEN_SECRETS.join(" or ")}: project a token that ends`,
  ]);

export const tokenAutomount: Rule = {
  id: "K11",
  name: "k11-token-automount",
  level: "mandatory",
  description:
    "No pod gets a token for the Kubernetes API, or for another, unless its manifest asks for one",
  source: "CIS 4.1.6",
  resource: {
    types: [...WORKLOADS, SERVICE_ACCOUNT, SECRET],
    check: (resource) => {
      if (resource.type === SERVICE_ACCOUNT) return judgeAccount(resource.props);
      if (resource.type === SECRET) return judgeSecret(resource.props);
      const pod = podOf(resource);
      return pod === undefined ? [] : judgePod(pod);
    },
  },
};
