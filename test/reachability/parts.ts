import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { idOf, type Golden, type Labels, type Plan } from "./plan.ts";
import { addOnPods, hostPorts, ownPods } from "./pods.ts";

/** One port of a part: `tcp 443`. */
export type Port = `${string} ${number}`;

/**
 * Something that sends or takes packets. A part inside has subnets and security groups; one outside
 * has an address alone; what is link-local answers each node itself.
 */
export interface Part {
  readonly name: string;
  readonly where: "inside" | "internet" | "s3" | "link-local";
  readonly subnets: readonly string[];
  readonly groups: readonly string[];
  readonly hasPublicAddress: boolean;
  readonly listens: readonly Port[];
  /** A pod on the cluster's network; those on their node's are the node. */
  readonly pod?: { readonly namespace: string; readonly labels: Labels };
  /** Where `where` is not inside. */
  readonly address?: string;
  /** Answers nodes and what is on their network alone: one hop further is one too far. */
  readonly forNodesOnly?: true;
  /** A node or a pod: what is link-local answers it. */
  readonly isOnNode?: true;
  /** Whether flows from it are looked at; a part may stand for others. */
  readonly sends: boolean;
  /** Blocks that the VPN server itself keeps its clients from. */
  readonly keptFrom?: readonly string[];
}

/** Groups of the VPC that the program does not make, as EKS documents them. */
export const CLUSTER_GROUP = "eks-cluster-sg";

const KUBELET = 10250;
const KUBE_PROXY = 10256;
const NODE_EXPORTER = 9100;
/** Nobody is to listen there; a rule that opens everything shows. */
const PROBE = 22;
/** Ports of the internet that stand for all of them: names, mail, names over TLS, web. */
const WORLD: readonly Port[] = ["udp 53", "tcp 25", "tcp 443", "tcp 853"];

export function readParts(golden: Golden, plan: Plan): Part[] {
  const nodes = nodeParts(golden, plan);
  const system = nodes.find(({ name }) => name === "system node");
  const endpoint = nodes.find(({ name }) => name === "endpoint node");
  return [
    ...outside(),
    entry(golden, plan),
    controlPlane(golden),
    ...data(golden, plan),
    ...nodes,
    ...(endpoint === undefined ? [] : [tunnelClient(endpoint)]),
    ...(system === undefined ? [] : [...ownPods(golden, system), ...addOnPods(golden, system)]),
  ];
}

const elsewhere = (
  name: string,
  where: Part["where"],
  address: string,
  listens: readonly Port[] = [],
): Part => ({
  name,
  where,
  address,
  listens,
  subnets: [],
  groups: [],
  hasPublicAddress: true,
  sends: listens.length === 0,
});

/** Packets of VPN clients leave as the node's own, after the firewall of the VPN server. */
function tunnelClient(endpoint: Part): Part {
  const file = join(import.meta.dirname, "..", "..", "services", "agent", "data-plane.sh");
  const script = readFileSync(file, "utf8");
  const blocks = /^private4='([^']+)'$/m.exec(script)?.[1]?.split(", ") ?? [];
  if (!script.includes('iifname "$interface" ip daddr { $private4 } drop'))
    throw new Error("the data plane drops nothing by private4");
  return { ...endpoint, name: "tunnel client", listens: [], keptFrom: blocks };
}

function outside(): Part[] {
  return [
    elsewhere("client", "internet", "198.51.100.7"),
    elsewhere("internet", "internet", "203.0.113.7", WORLD),
    elsewhere("S3", "s3", "203.0.113.8", ["tcp 443"]),
    elsewhere("VPC resolver", "link-local", "169.254.169.253", ["udp 53", "tcp 53"]),
    elsewhere("Pod Identity agent", "link-local", "169.254.170.23", ["tcp 80"]),
    {
      ...elsewhere("instance metadata", "link-local", "169.254.169.254", ["tcp 80"]),
      forNodesOnly: true,
    },
  ];
}

const only = <T>(what: string, list: readonly T[]): T => {
  const [first, ...others] = list;
  if (first === undefined || others.length > 0)
    throw new Error(`${what}: there are ${list.length} in the golden file, not one`);
  return first;
};

function entry(golden: Golden, plan: Plan): Part {
  const balancer = only(
    "load balancer",
    golden.all(
      "aws:lb/loadBalancer:LoadBalancer",
      z.object({
        internal: z.boolean().default(false),
        securityGroups: z.array(z.string()),
        subnets: z.array(z.string()),
      }),
    ),
  ).inputs;
  const ports = golden
    .all("aws:lb/listener:Listener", z.object({ port: z.number() }))
    .map(({ inputs }): Port => `tcp ${inputs.port}`);
  return {
    name: "entry",
    where: "inside",
    subnets: plan.subnets.map(({ id }) => id).filter((id) => balancer.subnets.includes(id)),
    groups: balancer.securityGroups,
    hasPublicAddress: !balancer.internal,
    listens: ports,
    sends: true,
  };
}

function controlPlane(golden: Golden): Part {
  const { vpcConfig } = only(
    "cluster",
    golden.all(
      "aws:eks/cluster:Cluster",
      z.object({
        vpcConfig: z.object({
          securityGroupIds: z.array(z.string()),
          subnetIds: z.array(z.string()),
        }),
      }),
    ),
  ).inputs;
  return {
    name: "control plane",
    where: "inside",
    subnets: vpcConfig.subnetIds,
    groups: [CLUSTER_GROUP, ...vpcConfig.securityGroupIds],
    hasPublicAddress: false,
    listens: ["tcp 443"],
    sends: true,
  };
}

function data(golden: Golden, plan: Plan): Part[] {
  const subnets = (type: string): string[] =>
    golden
      .all(type, z.object({ subnetIds: z.array(z.string()) }))
      .flatMap(({ inputs }) =>
        plan.subnets.map(({ id }) => id).filter((id) => inputs.subnetIds.includes(id)),
      );
  const groups = (lists: readonly string[][]): string[] => [...new Set(lists.flat())];
  const databases = golden
    .all("aws:rds/instance:Instance", z.object({ vpcSecurityGroupIds: z.array(z.string()) }))
    .map(({ inputs }) => inputs.vpcSecurityGroupIds);
  const caches = golden
    .all(
      "aws:elasticache/replicationGroup:ReplicationGroup",
      z.object({ securityGroupIds: z.array(z.string()) }),
    )
    .map(({ inputs }) => inputs.securityGroupIds);
  const part = (name: string, type: string, lists: string[][], port: number): Part => ({
    name,
    where: "inside",
    subnets: subnets(type),
    groups: groups(lists),
    hasPublicAddress: false,
    listens: [`tcp ${port}`, `tcp ${PROBE}`],
    sends: true,
  });
  return [
    part("database", "aws:rds/subnetGroup:SubnetGroup", databases, 5432),
    part("cache", "aws:elasticache/subnetGroup:SubnetGroup", caches, 6379),
  ];
}

const templateSchema = z.object({
  vpcSecurityGroupIds: z.array(z.string()).default([]),
  networkInterfaces: z
    .array(z.object({ securityGroups: z.array(z.string()).default([]) }))
    .default([]),
  metadataOptions: z.object({ httpPutResponseHopLimit: z.literal(1) }),
});
const nodeGroupSchema = z.object({
  labels: z.record(z.string(), z.string()),
  launchTemplate: z.object({ id: z.string() }),
  subnetIds: z.array(z.string()),
});

function nodeParts(golden: Golden, plan: Plan): Part[] {
  const templates = golden.all("aws:ec2/launchTemplate:LaunchTemplate", templateSchema);
  const nodeGroups = golden.all("aws:eks/nodeGroup:NodeGroup", nodeGroupSchema);
  const roles = [...new Set(nodeGroups.flatMap(({ inputs }) => Object.values(inputs.labels)))];
  return roles.map((role) => {
    const own = nodeGroups.filter(({ inputs }) => Object.values(inputs.labels).includes(role));
    const subnets = [...new Set(own.flatMap(({ inputs }) => inputs.subnetIds))];
    const groups = own.flatMap(({ inputs }) =>
      templates
        .filter(({ name }) => idOf(name) === inputs.launchTemplate.id)
        .flatMap((template) => [
          ...template.inputs.vpcSecurityGroupIds,
          ...template.inputs.networkInterfaces.flatMap((one) => one.securityGroups),
        ]),
    );
    return {
      name: `${role} node`,
      where: "inside" as const,
      subnets,
      groups: [...new Set(groups)],
      hasPublicAddress: plan.subnets.some(
        ({ id, givesPublicAddresses }) => subnets.includes(id) && givesPublicAddresses,
      ),
      listens: [...new Set([...nodePorts(golden), ...hostPorts(golden, role), ...NODE_PORTS])],
      sends: true,
      isOnNode: true,
    };
  });
}

const NODE_PORTS: readonly Port[] = [
  `tcp ${KUBELET}`,
  `tcp ${KUBE_PROXY}`,
  `tcp ${NODE_EXPORTER}`,
  `tcp ${PROBE}`,
];

/** kube-proxy opens a NodePort on every node, whether or not the balancer asks there. */
const nodePorts = (golden: Golden): Port[] =>
  golden
    .all(
      "kubernetes:core/v1:Service",
      z.object({
        spec: z.object({ ports: z.array(z.object({ nodePort: z.number().optional() })) }),
      }),
    )
    .flatMap(({ inputs }) => inputs.spec.ports)
    .flatMap(({ nodePort }): Port[] => (nodePort === undefined ? [] : [`tcp ${nodePort}`]));
