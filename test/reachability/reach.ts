import ipaddr from "ipaddr.js";
import { CLUSTER_GROUP, type Part, type Port } from "./parts.ts";
import type {
  AclEntry,
  Labels,
  Plan,
  PolicyPeer,
  PolicyPort,
  PolicyRule,
  Route,
  Subnet,
} from "./plan.ts";

/**
 * How to read what Kubernetes leaves open: whether a block of addresses covers the pods whose
 * addresses lie in it. A flow that is needed must be open if it does not, one that is not wanted
 * must be closed if it does.
 */
export type Reading = "strict" | "broad";

interface Packet {
  readonly protocol: string;
  readonly port: number;
}

/** One end of a flow: a part in one of its subnets. */
interface End {
  readonly part: Part;
  readonly subnet: Subnet | undefined;
  readonly address: string;
}

/** Client ports of Linux and of NAT gateways: an ACL, which has no memory, must let answers back. */
const ANSWER_PORT = 50_000;
const parsedCidrs = new Map<string, [ipaddr.IPv4 | ipaddr.IPv6, number]>();

function covers(cidr: string, address: string): boolean {
  const parsed = parsedCidrs.get(cidr) ?? ipaddr.parseCIDR(cidr);
  parsedCidrs.set(cidr, parsed);
  return ipaddr.parse(address).match(parsed);
}

/** In how many of the combinations of subnets the flow is open. */
export function openness(
  plan: Plan,
  from: Part,
  to: Part,
  port: Port,
  reading: Reading,
): "all" | "some" | "none" {
  const packet = packetOf(port);
  const answers = endsOf(plan, from).flatMap((source) =>
    endsOf(plan, to).map((target) => isOpen(plan, source, target, packet, reading)),
  );
  if (answers.length === 0) throw new Error(`${from.name} or ${to.name} is in no subnet`);
  return answers.every(Boolean) ? "all" : answers.some(Boolean) ? "some" : "none";
}

/** Whether routes and lists of the subnets let a flow pass in all combinations, whatever the groups. */
export function subnetsConnect(plan: Plan, from: Part, to: Part, port: Port): boolean {
  const packet = packetOf(port);
  return endsOf(plan, from).every((source) =>
    endsOf(plan, to).every(
      (target) => isRouted(plan, source, target) && aclsAllow(plan, source, target, packet),
    ),
  );
}

function packetOf(port: Port): Packet {
  const [protocol = "", number = ""] = port.split(" ");
  return { protocol, port: Number(number) };
}

/** The tenth address of a subnet stands for all. */
function endsOf(plan: Plan, part: Part): End[] {
  if (part.where !== "inside") return [{ part, subnet: undefined, address: part.address ?? "" }];
  return plan.subnets
    .filter(({ id }) => part.subnets.includes(id))
    .map((subnet) => ({
      part,
      subnet,
      address: `${subnet.cidr.split(".").slice(0, 3).join(".")}.10`,
    }));
}

function isOpen(plan: Plan, from: End, to: End, packet: Packet, reading: Reading): boolean {
  const policies =
    policyAllows(plan, from, to, "out", packet, reading) &&
    policyAllows(plan, to, from, "in", packet, reading);
  const kept = from.part.keptFrom?.some((cidr) => covers(cidr, to.address)) ?? false;
  if (!policies || kept) return false;
  if (to.part.where === "link-local") return isLocallyOpen(from, to);
  return (
    isRouted(plan, from, to) &&
    groupsAllow(plan, from, to, packet) &&
    aclsAllow(plan, from, to, packet)
  );
}

/** Neither groups nor lists nor routes see it. A pod of its own network is one hop too far for metadata. */
const isLocallyOpen = (from: End, to: End): boolean =>
  from.part.isOnNode === true && !(to.part.forNodesOnly && from.part.pod !== undefined);

function routesOf(plan: Plan, { subnet }: End): Route[] {
  return plan.routes.filter(({ table }) => table === subnet?.table);
}

function isRouted(plan: Plan, from: End, to: End): boolean {
  const outward = from.part.where === "inside" && to.part.where !== "inside";
  if (to.part.where === "s3") return routesOf(plan, from).some(({ way }) => way === "s3");
  if (outward) return routesOf(plan, from).some((route) => leads(plan, from, route));
  if (from.part.where === "inside") return true; // inside the VPC every table leads everywhere
  return (
    from.part.where === "internet" &&
    to.part.hasPublicAddress &&
    routesOf(plan, to).some(({ way }) => way === "internet")
  );
}

function leads(plan: Plan, from: End, route: Route): boolean {
  if (route.way === "internet") return from.part.hasPublicAddress;
  if (route.way === "s3") return false;
  const table = plan.subnets.find(({ id }) => id === route.natSubnet)?.table;
  return plan.routes.some((onward) => onward.table === table && onward.way === "internet");
}

const spans = (from: number, to: number, port: number): boolean =>
  from === -1 || (from <= port && port <= to);

function groupsAllow(plan: Plan, from: End, to: End, packet: Packet): boolean {
  return groupAllows(plan, from, to, "out", packet) && groupAllows(plan, to, from, "in", packet);
}

/** Whether a group of `own` lets the packet out to, or in from, the other end. */
function groupAllows(
  plan: Plan,
  own: End,
  other: End,
  direction: "in" | "out",
  { protocol, port }: Packet,
): boolean {
  const { groups, where } = own.part;
  if (where !== "inside") return true;
  // EKS gives this one every way out, and its members to one another.
  if (groups.includes(CLUSTER_GROUP)) {
    if (direction === "out" || other.part.groups.includes(CLUSTER_GROUP)) return true;
  }
  return plan.groupRules.some(
    (rule) =>
      rule.direction === direction &&
      groups.includes(rule.group) &&
      (rule.protocol === "-1" || rule.protocol === protocol) &&
      spans(rule.from, rule.to, port) &&
      (rule.peer === undefined
        ? rule.cidr !== undefined && covers(rule.cidr, other.address)
        : other.part.groups.includes(rule.peer)),
  );
}

/** Both ways: a list has no memory. A subnet without one has AWS's default, which allows all. */
function aclsAllow(plan: Plan, from: End, to: End, { protocol, port }: Packet): boolean {
  const answer = { protocol, port: ANSWER_PORT };
  if (from.subnet !== undefined && from.subnet === to.subnet) return true;
  return (
    aclAllows(plan, from, to, "out", { protocol, port }) &&
    aclAllows(plan, to, from, "in", { protocol, port }) &&
    aclAllows(plan, to, from, "out", answer) &&
    aclAllows(plan, from, to, "in", answer)
  );
}

function aclAllows(
  plan: Plan,
  own: End,
  other: End,
  direction: "in" | "out",
  { protocol, port }: Packet,
): boolean {
  const acl = own.subnet?.acl;
  if (acl === undefined) return true;
  const fits = (entry: AclEntry): boolean =>
    entry.acl === acl &&
    entry.direction === direction &&
    covers(entry.cidr, other.address) &&
    (entry.protocol === "-1" || (entry.protocol === protocol && spans(entry.from, entry.to, port)));
  const [first] = plan.aclEntries.filter(fits).sort((a, b) => a.number - b.number);
  return first?.allows ?? false;
}

const hasLabels = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** The policies of `own`'s pods, where it is one: none of a direction, and all of it is open. */
function policyAllows(
  plan: Plan,
  own: End,
  other: End,
  direction: "in" | "out",
  packet: Packet,
  reading: Reading,
): boolean {
  const { pod } = own.part;
  if (pod === undefined) return true;
  const policies = plan.policies.filter(
    ({ namespace, pods, directions }) =>
      namespace === pod.namespace && hasLabels(pod.labels, pods) && directions.includes(direction),
  );
  if (policies.length === 0) return true;
  const keys = policies.map(({ key }) => key);
  return plan.policyRules.some(
    (rule) =>
      rule.direction === direction &&
      keys.includes(rule.policy) &&
      ruleAllows(rule, pod.namespace, other, packet, reading),
  );
}

function ruleAllows(
  rule: PolicyRule,
  namespace: string,
  other: End,
  packet: Packet,
  reading: Reading,
): boolean {
  return (
    (rule.ports?.some((port) => portAllows(port, packet)) ?? true) &&
    (rule.peers?.some((peer) => peerIs(peer, namespace, other, reading)) ?? true)
  );
}

const portAllows = (port: PolicyPort, packet: Packet): boolean =>
  port.protocol === packet.protocol &&
  (port.from === undefined || spans(port.from, port.to ?? port.from, packet.port));

/** Labels of a namespace: we set none beside the one that Kubernetes gives it. */
const NAME = "kubernetes.io/metadata.name";

function peerIs(peer: PolicyPeer, namespace: string, other: End, reading: Reading): boolean {
  const { pod } = other.part;
  if (peer.cidr !== undefined)
    return (pod === undefined || reading === "broad") && covers(peer.cidr, other.address);
  if (pod === undefined) return false;
  const there =
    peer.namespace === undefined
      ? pod.namespace === namespace
      : hasLabels({ [NAME]: pod.namespace }, peer.namespace);
  return there && hasLabels(pod.labels, peer.pods ?? {});
}
