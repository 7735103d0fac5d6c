import { supportCost } from "../../facts/contract-terms.ts";
import { peersAtPeak, type NodePlan } from "../../facts/vpn-nodes.ts";
import { isEndpointGroup, related, SUBNET } from "../lib/network.ts";
import { isSet, numberAt, textAt } from "../lib/planned.ts";
import type { PlannedStack, StackResource } from "../lib/rule.ts";
import type { Plan } from "./plan.ts";
import { tieredCost, type Gibibytes, type PriceTable, type Tier } from "./prices.ts";
import { storageOf, sourceOf, INSTANCE } from "./resources/database.ts";
import { NODE_GROUP, nodeCharges } from "./resources/nodes.ts";
import { hostCosts, type HostCost } from "./hosts.ts";
import { sizingOf } from "./sizing.ts";
import { itemLines } from "./usage-items.ts";
import { line, type UsageContext, type UsageLine } from "./usage-line.ts";
import type { Usage } from "./usage.ts";

export interface UsageCost {
  readonly total: number;
  readonly lines: readonly UsageLine[];
  /** GB on the wire to the internet, and what they cost. */
  readonly transferGb: Gibibytes;
  readonly transfer: number;
  /** Undefined: the stack has no endpoint nodes. */
  readonly sizing: NodePlan | undefined;
  readonly plannedNodes: number;
  /** The same transfer on rented hosts, the cheapest first; empty: not established for the region. */
  readonly hosts: readonly HostCost[];
}

const EDGES: Readonly<Record<string, string>> = {
  us: "edge-us",
  ca: "edge-ca",
  sa: "edge-sa",
  eu: "edge-eu",
  me: "edge-me",
  af: "edge-za",
  ap: "edge-ap",
  "ap-northeast-1": "edge-jp",
  "ap-northeast-3": "edge-jp",
  "ap-south-1": "edge-in",
  "ap-south-2": "edge-in",
  "ap-southeast-2": "edge-au",
  "ap-southeast-4": "edge-au",
};

/** Price list of the edge locations that a region's clients use. */
const edgeOf = (region: string): string =>
  EDGES[region] ?? EDGES[region.split("-")[0] ?? ""] ?? region;

/** GB that a region's subscribers carry in a month, by tier of the plan. */
export const gigabytesByTier = ({ subscribers, tiers }: Plan, usage: Usage): readonly Gibibytes[] =>
  tiers.map(({ part, gb }) => subscribers * part * usage[gb]);

export const egressTiers = (table: PriceTable, region: string): readonly Tier[] =>
  table.tiers("data-transfer", "internet-out", region);

const NETWORK = "CDN and network transfer";
const OPERATIONS = "monitoring and operations";
const DATA = "database and caching";

/** What clients poll through the CDN. The account's first free terabyte is not counted. */
function cdnLines({ stack, table, region, plan }: UsageContext, usage: Usage): UsageLine[] {
  if (!stack.resources.some(({ type }) => type.startsWith("aws:cloudfront/distribution")))
    return [];
  const edge = edgeOf(region);
  const requests = plan.subscribers * usage.cdnRequests;
  const gb = (requests * usage.cdnKilobytes) / 1024 ** 2;
  const tiers = table.tiers("cloudfront", "out-to-internet", edge);
  return [
    line(
      NETWORK,
      "requests to the CDN",
      requests / 1e4,
      table.find("cloudfront", "requests-https", edge),
    ),
    {
      component: NETWORK,
      item: "transfer of the CDN",
      quantity: gb,
      unit: "GB",
      monthly: tieredCost(tiers, gb),
      prices: tiers.map(({ price }) => price),
    },
  ];
}

function backupLines({ stack, table, region }: UsageContext, usage: Usage): UsageLine[] {
  const kept = stack.resources.filter(
    ({ type, props }) =>
      type === INSTANCE && !isSet(props, "replicateSourceDb") && isSet(props, "allocatedStorage"),
  );
  const copies = stack.resources.flatMap((resource) =>
    resource.type.startsWith("aws:rds/instanceAutomatedBackupsReplication")
      ? [sourceOf(resource, "sourceDbInstanceArn")].filter((source) => source !== undefined)
      : [],
  );
  const gb = (instances: typeof kept): number =>
    instances.reduce((sum, instance) => sum + storageOf(instance), 0);
  const lines = [
    {
      all: kept,
      item: "backups beyond the free part",
      price: "backup-over-free",
      part: usage.backupPart,
    },
    {
      all: copies,
      item: "backups sent to a second region",
      price: "cross-region-backup-transfer",
      part: usage.backupCopies,
    },
  ];
  return lines
    .filter(({ all }) => all.length > 0)
    .map(({ all, item, price, part }) =>
      line(DATA, item, gb(all) * part, table.find("rds", price, region)),
    );
}

function transferLine(gb: Gibibytes, tiers: readonly Tier[]): UsageLine {
  return {
    component: NETWORK,
    item: "transfer to the internet",
    quantity: gb,
    unit: "GB",
    monthly: tieredCost(tiers, gb),
    prices: tiers.map(({ price }) => price),
  };
}

/** A user's GB that a server in the same AWS region sends or gets by a public address crosses once. */
const sameRegionLines = ({ table, region }: UsageContext, gb: Gibibytes): UsageLine[] => [
  line(
    NETWORK,
    "traffic with servers in the same AWS region",
    gb,
    table.find("data-transfer", "inter-az-each-direction", region),
  ),
];

/** Support is paid by the bill of the whole account, of which the region has its share. */
function supportLines(
  { supportPlan, fixed, plan }: UsageContext,
  used: readonly UsageLine[],
): UsageLine[] {
  if (supportPlan === "none") return [];
  const bill = fixed + used.reduce((sum, { monthly }) => sum + monthly, 0);
  const monthly = supportCost(supportPlan, bill / plan.share) * plan.share;
  const item = `AWS support plan ${supportPlan}`;
  return [{ component: OPERATIONS, item, quantity: 1, unit: "month", monthly, prices: [] }];
}

/** Nodes that the load needs beyond those asked for: an autoscaler adds them, and they stay all month. */
function nodeLines({ stack, table, region }: UsageContext, extra: number): UsageLine[] {
  const endpoint = endpointGroups(stack)[0];
  if (endpoint === undefined || extra <= 0) return [];
  return nodeCharges(endpoint, extra).map(({ component, item, quantity, price: [service, name] }) =>
    line(
      component,
      `beyond what is asked for: ${item}`,
      quantity,
      table.find(service, name, region),
    ),
  );
}

const endpointGroups = (stack: PlannedStack): StackResource[] =>
  stack.resources.filter((resource) => resource.type === NODE_GROUP && isEndpointGroup(resource));

/** Zones in which VPN servers stand. */
const zonesOf = (groups: readonly StackResource[]): number =>
  new Set(
    groups
      .flatMap((group) => related(group, "subnetIds", SUBNET))
      .map(({ name, props }) => textAt(props, "availabilityZone") ?? name),
  ).size;

/** What one level of use costs in a region; without subscribers nothing is used. */
export function usageCost(context: UsageContext, usage: Usage): UsageCost {
  const { stack, table, region, plan, peersPerServer, connections } = context;
  const groups = endpointGroups(stack);
  const gb = gigabytesByTier(plan, usage).reduce((sum, part) => sum + part, 0);
  const transferGb = groups.length > 0 ? gb * usage.tunnelOverhead : 0;
  const plannedNodes = groups.reduce(
    (sum, { props }) => sum + (numberAt(props, "scalingConfig.desiredSize") ?? 0),
    0,
  );
  const instance = textAt(groups[0]?.props, "instanceTypes.0");
  const sizing =
    instance === undefined
      ? undefined
      : sizingOf(instance, {
          gb: transferGb,
          peakOverAverage: usage.peakOverAverage,
          gbitPerVcpu: usage.gbitPerVcpu,
          utilisation: usage.utilisation,
          peers: peersAtPeak({ subscribers: plan.subscribers, connections }, usage.onlineAtPeak),
          peersPerServer,
          zones: zonesOf(groups),
        });
  const transfer = transferLine(transferGb, egressTiers(table, region));
  const used = [
    transfer,
    ...sameRegionLines(context, transferGb * usage.sameRegionShare),
    ...nodeLines(context, (sizing?.nodes ?? 0) - plannedNodes),
    ...itemLines(context, usage),
    ...cdnLines(context, usage),
    ...backupLines(context, usage),
  ].filter(({ quantity }) => plan.subscribers > 0 && quantity > 0);
  const lines = [...used, ...supportLines(context, used)];
  return {
    total: lines.reduce((sum, { monthly }) => sum + monthly, 0),
    lines,
    transferGb,
    transfer: transfer.monthly,
    sizing,
    plannedNodes,
    hosts: hostCosts(region, {
      gb: transferGb,
      peakGbit: sizing?.peakGbit ?? 0,
      utilisation: usage.utilisation,
    }),
  };
}
