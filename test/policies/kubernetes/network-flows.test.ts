import { describe } from "mocha";
import { defaultDeny } from "../../../policies/kubernetes/default-deny.ts";
import { networkFlows } from "../../../policies/kubernetes/network-flows.ts";
import { UNKNOWN, type Planned, type PlannedObject } from "../../../policies/lib/planned.ts";
import { describeCases, type Violation } from "../cases.ts";
import { AUTH, deny, object, PLATFORM, POD, values, VPN, VPN_SERVER } from "./fixtures.ts";

const APP = "app.kubernetes.io/name";
const app = (name: string): PlannedObject => ({ podSelector: { matchLabels: { [APP]: name } } });
const monitoring: PlannedObject = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "securevpn-monitoring" } },
};
const block = (cidr: Planned): PlannedObject => ({ ipBlock: { cidr } });
const HTTPS = { ports: [{ port: 443 }] };

/** The flows of auth, as the program has them. */
const FLOWS = object("networking.k8s.io/v1:NetworkPolicy", "auth-flows", "securevpn", {
  spec: {
    podSelector: { matchLabels: { [APP]: "auth" } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      { from: [block("10.16.0.0/20"), app("selector")], ports: [{ port: 8080 }] },
      { from: [{ ...monitoring, ...app("prometheus") }], ports: [{ port: 9187, endPort: 9188 }] },
    ],
    egress: [
      { to: [block("10.16.192.0/20")], ports: [{ port: 5432 }, { port: "postgres" }] },
      { to: [monitoring], ports: [{ port: 9090 }] },
      { to: [{ podSelector: {} }] },
      { to: [block("169.254.170.23/32")], ports: [{ port: 80 }] },
      HTTPS,
    ],
  },
});

const FROM = `spec.ingress.0.from must name pods by ${APP}, a namespace by kubernetes.io/metadata.name, or blocks of our networks`;
const TO =
  "spec.egress.0.to must name whom it calls; the world may be called on 443/tcp alone, by auth, selector, fleet, alertmanager, cluster-autoscaler, prometheus";
const PORTS = (way: string): string =>
  `spec.${way}.0.ports must name its ports, at most 16 in a range`;

const ingress = (rule: PlannedObject) => ({ "spec.ingress": [rule] });
const egress = (rule: PlannedObject) => ({ "spec.egress": [rule] });

/** Peers that are everybody, however it is spelt. */
const ANYBODY: readonly (readonly [string, readonly PlannedObject[]])[] = [
  ["0.0.0.0/0", [block("0.0.0.0/0")]],
  ["two halves of the internet", [block("0.0.0.0/1"), block("128.0.0.0/1")]],
  ["all of IPv6", [block("::/0")]],
  ["a public block", [block("203.0.113.0/24")]],
  ["a whole private range", [block("10.0.0.0/8")]],
  ["the IMDS", [block("169.254.169.254/32")]],
  ["a block that is not known", [block(UNKNOWN)]],
  ["every namespace", [{ namespaceSelector: {} }]],
  ["an app in every namespace", [{ namespaceSelector: {}, ...app("auth") }]],
  [
    "namespaces that have a name at all",
    [
      {
        namespaceSelector: {
          matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "Exists" }],
        },
      },
    ],
  ],
  ["a peer that says nothing", [{}]],
];

describe("policies of flows", () => {
  describeCases([
    {
      rule: defaultDeny,
      compliant: [PLATFORM, VPN, deny("securevpn"), deny("securevpn-vpn"), AUTH, VPN_SERVER],
      violating: [
        {
          title: "a namespace without one",
          without: ["securevpn-vpn-default-deny"],
          says: /selects every pod and allows nothing/,
        },
        ...[
          ["one direction only", { "spec.policyTypes": ["Ingress"] }],
          ["some pods only", { "spec.podSelector": { matchLabels: { app: "auth" } } }],
          ["a selector that is not known", { "spec.podSelector": UNKNOWN }],
          ["something allowed", { "spec.ingress": [{}] }],
        ].map(([title, change]) => ({
          title: String(title),
          of: "securevpn-default-deny",
          change: typeof change === "object" ? change : {},
          says: /selects every pod and allows nothing/,
        })),
        {
          title: "a workload in a namespace that the stack does not make",
          of: "auth",
          change: { "metadata.namespace": "kube-system" },
          says: /must lie in a namespace of this stack/,
        },
      ],
    },
    {
      rule: networkFlows,
      compliant: [FLOWS, deny("securevpn"), AUTH, VPN_SERVER, PLATFORM, VPN],
      fine: [
        {
          title: "the host's resolver order on the host's network",
          of: "vpn-server",
          change: { [`${POD}.dnsPolicy`]: "ClusterFirstWithHostNet" },
        },
        {
          title: "options of the resolver",
          of: "auth",
          change: { [`${POD}.dnsConfig`]: { options: [{ name: "ndots", value: "2" }] } },
        },
      ],
      violating: [
        {
          title: "ingress from all to all ports, beside the default deny",
          change: ingress({}),
          says: [FROM, PORTS("ingress")],
        },
        {
          title: "ingress from all pods of the namespace",
          change: ingress({ from: [{ podSelector: {} }], ports: [{ port: 8080 }] }),
          says: [FROM],
        },
        ...ANYBODY.map(([title, from]): Violation => ({
          title: `ingress from ${title}`,
          change: ingress({ from, ports: [{ port: 8080 }] }),
          says: [FROM],
        })),
        ...ANYBODY.map(([title, to]): Violation => ({
          title: `egress to ${title}`,
          change: egress({ to, ports: [{ port: 8080 }] }),
          says: [TO],
        })),
        { title: "egress to all", change: egress({}), says: [TO] },
        {
          title: "egress to the world by QUIC",
          change: egress({ ports: [{ port: 443, protocol: "UDP" }] }),
          says: [TO],
        },
        {
          title: "egress to the world on more than 443",
          change: egress({ ports: [{ port: 443, endPort: 65535 }] }),
          says: [TO],
        },
        {
          title: "HTTPS to the world by an app that is not listed",
          change: {
            "spec.podSelector.matchLabels": { [APP]: "grafana" },
            "spec.egress": [HTTPS],
          },
          says: [TO],
        },
        ...(
          [
            ["no port", undefined],
            ["a protocol alone", [{ protocol: "TCP" }]],
            ["all ports as a range", [{ port: 1, endPort: 65535 }]],
            ["a range that is not known", [{ port: 1, endPort: UNKNOWN }]],
          ] as const
        ).map(([title, ports]): Violation => ({
          title: `${title} of an app`,
          change: ingress({ from: [app("selector")], ...(ports === undefined ? {} : { ports }) }),
          says: [PORTS("ingress")],
        })),
        {
          title: "egress to all ports of a block",
          change: egress({ to: [block("10.16.192.0/20")] }),
          says: [PORTS("egress")],
        },
        ...values({}, { matchLabels: { "app.kubernetes.io/part-of": "securevpn" } }, UNKNOWN).map(
          ({ value, shown }): Violation => ({
            title: `flows of every pod: ${shown}`,
            change: { "spec.podSelector": value, "spec.egress": [] },
            says: [
              `spec.podSelector.matchLabels must name an app by ${APP}: only what allows nothing selects every pod`,
            ],
          }),
        ),
        {
          title: "flows that are not known",
          change: { "spec.ingress": UNKNOWN },
          says: ["spec must be known in preview"],
        },
        {
          title: "a resolver of its own",
          of: "auth",
          change: {
            [`${POD}.dnsPolicy`]: "None",
            [`${POD}.dnsConfig`]: { nameservers: ["8.8.8.8"] },
          },
          says: [
            "dnsPolicy must be ClusterFirst or ClusterFirstWithHostNet",
            "dnsConfig.nameservers must be empty: a resolver of its own hears every name",
          ],
        },
        ...["selector", "auth-maintenance", "aut"].map((name): Violation => ({
          title: `the flows of ${name}, by its label`,
          of: "auth",
          change: { "spec.template.metadata.labels": { [APP]: name } },
          says: [`label ${APP} of its pods must be its own name, auth: flows are allowed by it`],
        })),
        {
          title: "names of its own",
          of: "auth",
          change: { [`${POD}.hostAliases`]: [{ ip: "203.0.113.1", hostnames: ["auth"] }] },
          says: ["hostAliases must be empty: names are the cluster's"],
        },
      ],
    },
  ]);
});
