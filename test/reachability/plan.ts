import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** A rule of a security group. Numbers of `-1` mean every port. */
export interface GroupRule {
  readonly key: string;
  readonly direction: "in" | "out";
  readonly group: string;
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly cidr: string | undefined;
  readonly peer: string | undefined;
}

export interface AclEntry {
  readonly key: string;
  readonly direction: "in" | "out";
  readonly acl: string;
  readonly number: number;
  readonly allows: boolean;
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly cidr: string;
}

/** A way out of a subnet beside the VPC itself, which every table has. */
export interface Route {
  readonly key: string;
  readonly table: string;
  readonly way: "internet" | "nat" | "s3";
  /** Subnet of the NAT gateway. */
  readonly natSubnet: string | undefined;
}

export interface Subnet {
  readonly id: string;
  readonly tier: string;
  readonly cidr: string;
  readonly table: string | undefined;
  readonly acl: string | undefined;
  readonly givesPublicAddresses: boolean;
}

export interface PolicyPeer {
  readonly cidr: string | undefined;
  /** Undefined: the policy's own namespace. An empty selector is every one. */
  readonly namespace: Labels | undefined;
  readonly pods: Labels | undefined;
}

export interface PolicyPort {
  readonly protocol: string;
  /** Undefined: every port. */
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** One entry of a policy's ingress or egress. Without peers: anybody; without ports: every port. */
export interface PolicyRule {
  readonly key: string;
  readonly policy: string;
  readonly direction: "in" | "out";
  readonly peers: readonly PolicyPeer[] | undefined;
  readonly ports: readonly PolicyPort[] | undefined;
}

export interface Policy {
  readonly key: string;
  readonly namespace: string;
  readonly pods: Labels;
  readonly directions: readonly ("in" | "out")[];
}

export type Labels = Readonly<Record<string, string>>;

/** What a stack's golden file says of who reaches whom. */
export interface Plan {
  readonly groupRules: readonly GroupRule[];
  readonly aclEntries: readonly AclEntry[];
  readonly routes: readonly Route[];
  readonly policies: readonly Policy[];
  readonly policyRules: readonly PolicyRule[];
  readonly subnets: readonly Subnet[];
}

const resourceSchema = z.object({ inputs: z.record(z.string(), z.unknown()) });
const goldenSchema = z.object({ resources: z.record(z.string(), resourceSchema) });

/** The planned resources of one stack, by type. */
export class Golden {
  readonly #resources: Readonly<Record<string, z.infer<typeof resourceSchema>>>;

  constructor(stack: string) {
    const file = join(import.meta.dirname, "..", "golden", `${stack}.json`);
    this.#resources = goldenSchema.parse(JSON.parse(readFileSync(file, "utf8"))).resources;
  }

  /** All of a type, their inputs read by a schema; what a schema does not name is left out. */
  all<T>(type: string, schema: z.ZodType<T>): { readonly name: string; readonly inputs: T }[] {
    return Object.entries(this.#resources).flatMap(([key, { inputs }]) => {
      const [itsType, name = ""] = key.split(" ");
      return itsType === type ? [{ name, inputs: schema.parse(inputs) }] : [];
    });
  }
}

/** Under mocks the id of a resource is its name with this at its end. */
export const idOf = (name: string): string => `${name}-id`;

export function readPlan(golden: Golden): Plan {
  const policies = golden.all("kubernetes:networking.k8s.io/v1:NetworkPolicy", policySchema);
  return {
    groupRules: [
      ...groupRules(golden, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "in"),
      ...groupRules(golden, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "out"),
    ],
    aclEntries: aclEntries(golden),
    routes: [...routes(golden), ...gatewayRoutes(golden)],
    subnets: subnets(golden),
    policies: policies.map(({ name, inputs: { metadata, spec } }) => ({
      key: name,
      namespace: metadata.namespace,
      pods: spec.podSelector.matchLabels,
      directions: spec.policyTypes.map((type) => (type === "Ingress" ? "in" : "out")),
    })),
    policyRules: policies.flatMap(({ name, inputs: { spec } }) => [
      ...spec.ingress.map((rule, at) => policyRule(name, "in", at, rule.from, rule.ports)),
      ...spec.egress.map((rule, at) => policyRule(name, "out", at, rule.to, rule.ports)),
    ]),
  };
}

const groupRuleSchema = z.object({
  securityGroupId: z.string(),
  ipProtocol: z.string(),
  fromPort: z.number().default(-1),
  toPort: z.number().default(-1),
  cidrIpv4: z.string().optional(),
  referencedSecurityGroupId: z.string().optional(),
});

const groupRules = (golden: Golden, type: string, direction: "in" | "out"): GroupRule[] =>
  golden.all(type, groupRuleSchema).map(({ name, inputs }) => ({
    key: `security group rule ${name}`,
    direction,
    group: inputs.securityGroupId,
    protocol: inputs.ipProtocol,
    from: inputs.fromPort,
    to: inputs.toPort,
    cidr: inputs.cidrIpv4,
    peer: inputs.referencedSecurityGroupId,
  }));

const entrySchema = z.object({
  ruleNo: z.number(),
  action: z.string(),
  protocol: z.string(),
  fromPort: z.number(),
  toPort: z.number(),
  cidrBlock: z.string(),
});
const aclSchema = z.object({
  subnetIds: z.array(z.string()),
  ingress: z.array(entrySchema),
  egress: z.array(entrySchema),
});
const ACL = "aws:ec2/networkAcl:NetworkAcl";

const aclEntries = (golden: Golden): AclEntry[] =>
  golden.all(ACL, aclSchema).flatMap(({ name, inputs }) => {
    const entries = (list: z.infer<typeof entrySchema>[], direction: "in" | "out"): AclEntry[] =>
      list.map((entry) => ({
        key: `network ACL ${name}, ${direction} ${entry.ruleNo}`,
        direction,
        acl: name,
        number: entry.ruleNo,
        allows: entry.action === "allow",
        protocol: entry.protocol,
        from: entry.fromPort,
        to: entry.toPort,
        cidr: entry.cidrBlock,
      }));
    return [...entries(inputs.ingress, "in"), ...entries(inputs.egress, "out")];
  });

function routes(golden: Golden): Route[] {
  const nats = golden.all("aws:ec2/natGateway:NatGateway", z.object({ subnetId: z.string() }));
  const schema = z.object({
    routeTableId: z.string(),
    destinationCidrBlock: z.literal("0.0.0.0/0"),
    gatewayId: z.string().optional(),
    natGatewayId: z.string().optional(),
  });
  return golden.all("aws:ec2/route:Route", schema).map(({ name, inputs }) => ({
    key: `route ${name}`,
    table: inputs.routeTableId,
    way: inputs.natGatewayId === undefined ? "internet" : "nat",
    natSubnet: nats.find((nat) => idOf(nat.name) === inputs.natGatewayId)?.inputs.subnetId,
  }));
}

const gatewayRoutes = (golden: Golden): Route[] =>
  golden
    .all(
      "aws:ec2/vpcEndpoint:VpcEndpoint",
      z.object({ vpcEndpointType: z.literal("Gateway"), routeTableIds: z.array(z.string()) }),
    )
    .flatMap(({ name, inputs }) =>
      inputs.routeTableIds.map((table) => ({
        key: `VPC endpoint ${name} in ${table}`,
        table,
        way: "s3" as const,
        natSubnet: undefined,
      })),
    );

function subnets(golden: Golden): Subnet[] {
  const acls = golden.all(ACL, aclSchema);
  const associations = golden.all(
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    z.object({ subnetId: z.string(), routeTableId: z.string() }),
  );
  const schema = z.object({
    cidrBlock: z.string(),
    mapPublicIpOnLaunch: z.boolean().default(false),
    tags: z.object({ tier: z.string() }),
  });
  return golden.all("aws:ec2/subnet:Subnet", schema).map(({ name, inputs }) => {
    const id = idOf(name);
    return {
      id,
      tier: inputs.tags.tier,
      cidr: inputs.cidrBlock,
      table: associations.find((item) => item.inputs.subnetId === id)?.inputs.routeTableId,
      acl: acls.find((acl) => acl.inputs.subnetIds.includes(id))?.name,
      givesPublicAddresses: inputs.mapPublicIpOnLaunch,
    };
  });
}

const selectorSchema = z
  .object({ matchLabels: z.record(z.string(), z.string()).default({}) })
  .strict();
const peerSchema = z
  .object({
    ipBlock: z.object({ cidr: z.string() }).strict().optional(),
    namespaceSelector: selectorSchema.optional(),
    podSelector: selectorSchema.optional(),
  })
  .strict();
const portSchema = z
  .object({
    port: z.number().optional(),
    endPort: z.number().optional(),
    protocol: z.string().default("TCP"),
  })
  .strict();
const peersSchema = z.array(peerSchema).optional();
const portsSchema = z.array(portSchema).optional();
const policySchema = z.object({
  metadata: z.object({ namespace: z.string() }),
  spec: z.object({
    podSelector: selectorSchema,
    policyTypes: z.array(z.enum(["Ingress", "Egress"])),
    ingress: z.array(z.object({ from: peersSchema, ports: portsSchema }).strict()).default([]),
    egress: z.array(z.object({ to: peersSchema, ports: portsSchema }).strict()).default([]),
  }),
});

const policyRule = (
  policy: string,
  direction: "in" | "out",
  at: number,
  peers: z.infer<typeof peersSchema>,
  ports: z.infer<typeof portsSchema>,
): PolicyRule => ({
  key: `NetworkPolicy ${policy}, ${direction} ${at}`,
  policy,
  direction,
  peers: peers?.map((peer) => ({
    cidr: peer.ipBlock?.cidr,
    namespace: peer.namespaceSelector?.matchLabels,
    pods: peer.podSelector?.matchLabels,
  })),
  ports: ports?.map(({ protocol, port, endPort }) => ({
    protocol: protocol.toLowerCase(),
    from: port,
    to: endPort ?? port,
  })),
});
