import YAML from "yaml";
import { METRICS } from "../../services/contract/index.ts";

/** Flows that one client may have open at once without its neighbours' being dropped. */
const FLOWS_PER_PEER = 100;
const RUNBOOK = "docs/vpn-server-alerts.md";

interface Alert {
  readonly name: string;
  readonly expr: string;
  /** How long it must hold. */
  readonly for: string;
  readonly severity: "critical" | "warning";
  readonly summary: string;
  readonly description: string;
}

const { conntrackEntries, conntrackMax, agentPeers, wireguardThreaded } = METRICS;
const SERVER = "VPN server {{ $labels.pod }} on {{ $labels.node }}";

const VPN_SERVER_ALERTS: readonly Alert[] = [
  {
    name: "VpnServerFlowTableTooSmall",
    expr: `${conntrackMax} < ${FLOWS_PER_PEER} * ${agentPeers}`,
    for: "10m",
    severity: "warning",
    summary: `${SERVER} can track fewer than ${FLOWS_PER_PEER} flows a peer`,
    description:
      "It can track {{ $value }} flows. kube-proxy sets nf_conntrack_max anew by the node's cores; the node's timer should have raised it again.",
  },
  {
    name: "VpnServerFlowTableNearlyFull",
    expr: `${conntrackEntries} > 0.8 * ${conntrackMax}`,
    for: "5m",
    severity: "critical",
    summary: `${SERVER} tracks four fifths of the flows that it can`,
    description: "It tracks {{ $value }} flows. When the table is full, new flows are dropped.",
  },
  {
    name: "VpnServerOnOneCore",
    expr: `${wireguardThreaded} != 1`,
    for: "15m",
    severity: "warning",
    summary: `One core serves the tunnels of ${SERVER}`,
    description:
      "Its interface is not threaded: about 180,000 packets a second are its most. The node's timer should have set it.",
  },
  {
    name: "VpnServerResolverFails",
    expr:
      'sum by (pod, node) (rate(coredns_dns_responses_total{rcode="SERVFAIL"}[5m]))' +
      " > 0.05 * sum by (pod, node) (rate(coredns_dns_responses_total[5m]))",
    for: "10m",
    severity: "critical",
    summary: `${SERVER} answers one question in twenty with a failure`,
    description: "{{ $value }} answers a second fail. Its upstreams do not answer, or refuse.",
  },
];

/** Alert rules as the YAML of a rule file. */
export function alertRules(): string {
  const rules = VPN_SERVER_ALERTS.map(
    ({ name, expr, severity, summary, description, ...rest }) => ({
      alert: name,
      expr,
      for: rest.for,
      labels: { severity },
      annotations: { summary, description, runbook: `${RUNBOOK}#${name.toLowerCase()}` },
    }),
  );
  return YAML.stringify({ groups: [{ name: "vpn-servers", rules }] }, { lineWidth: 120 });
}
