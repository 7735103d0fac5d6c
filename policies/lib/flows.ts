import {
  at,
  isObject,
  listAt,
  numberAt,
  textAt,
  UNKNOWN,
  type Planned,
  type PlannedObject,
} from "./planned.ts";

/** One allowed ingress flow of a security group. */
export interface Ingress {
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  /** CIDRs and prefix lists; an unknown one is "unknown". */
  readonly blocks: readonly string[];
}

/** What a list that is not known could allow. */
const ANYTHING: Ingress = { protocol: "-1", fromPort: 0, toPort: 65535, blocks: ["unknown"] };
const ALL_PORTS = [0, 65535] as const;

function ports(item: PlannedObject, protocol: string): readonly [number, number] {
  if (protocol === "-1" || protocol === "all") return ALL_PORTS;
  return [numberAt(item, "fromPort") ?? ALL_PORTS[0], numberAt(item, "toPort") ?? ALL_PORTS[1]];
}

function blocksOf(item: PlannedObject, ...names: readonly string[]): string[] {
  const show = (value: Planned): string => (typeof value === "string" ? value : "unknown");
  return names.flatMap((name) => {
    const value = at(item, name);
    if (value === UNKNOWN) return ["unknown"];
    if (typeof value === "string") return value === "" ? [] : [value];
    return listAt(item, name).map(show);
  });
}

function flow(item: PlannedObject, protocolKey: string, ...names: readonly string[]): Ingress {
  const protocol = textAt(item, protocolKey) ?? "-1";
  const [fromPort, toPort] = ports(item, protocol);
  return { protocol, fromPort, toPort, blocks: blocksOf(item, ...names) };
}

export const INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
export const OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";
export const INGRESS_TYPES = [INGRESS_RULE, OLD_RULE, "aws:ec2/securityGroup:SecurityGroup"];

/** The ingress flows that a rule, or a group with rules inside, allows. */
export function ingressOf(type: string, props: PlannedObject): Ingress[] {
  if (type === INGRESS_RULE)
    return [flow(props, "ipProtocol", "cidrIpv4", "cidrIpv6", "prefixListId")];
  const inline = ["cidrBlocks", "ipv6CidrBlocks", "prefixListIds"];
  if (type === OLD_RULE)
    return textAt(props, "type") === "egress" ? [] : [flow(props, "protocol", ...inline)];
  if (at(props, "ingress") === UNKNOWN) return [ANYTHING];
  return listAt(props, "ingress").map((item) =>
    isObject(item) ? flow(item, "protocol", ...inline) : ANYTHING,
  );
}

/** Addresses that only networks of our own have (RFC 1918); all else is the world. */
export const isWorld = (block: string): boolean =>
  !/^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)\S*\/(1[6-9]|2\d|3[0-2])$/.test(block);
