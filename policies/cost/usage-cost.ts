import { isEndpointGroup } from "../lib/network.ts";
import { isSet, numberAt, textAt } from "../lib/planned.ts";
import type { PlannedStack, StackResource } from "../lib/rule.ts";
import { HOURS, SUBSCRIBERS, type Component, type Plan } from "./plan.ts";
import { tieredCost, type Gibibytes, type Price, type PriceTable, type Tier } from "./prices.ts";
import { storageOf, sourceOf, INSTANCE } from "./resources/database.ts";
import { NODE_GROUP, nodeCharges } from "./resources/nodes.ts";
import { sizingOf, type Sizing } from "./sizing.ts";
import type { Usage } from "./usage.ts";

/** One line of what use costs. */
export interface UsageLine {
  readonly component: Component;
  readonly item: string;
  readonly quantity: number;
  readonly unit: string;
  readonly monthly: number;
  readonly prices: readonly Price[];
}

export interface UsageCost {
  readonly total: number;
  readonly lines: readonly UsageLine[];
  /** GB on the wire to the internet, and what they cost. */
  readonly transferGb: Gibibytes;
  readonly transfer: number;
  /** Undefined: the stack has no endpoint nodes. */
  readonly sizing: Sizing | undefined;
  readonly plannedNodes: number;
}

export interface UsageContext {
  readonly stack: PlannedStack;
  readonly table: PriceTable;
  readonly region: string;
  readonly plan: Plan;
  readonly peersPerServer: number;
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

/** Assumptions for all regions are for the plan's 100,000 subscribers. */
const scale = ({ subscribers }: Plan): number => subscribers / SUBSCRIBERS;

interface Item {
  readonly component: Component;
  readonly item: string;
  /** Made only with a resource of this type in the stack. */
  readonly type: string;
  readonly price: readonly [service: string, item: string];
  /** In the price row's unit. */
  readonly quantity: (usage: Usage, plan: Plan) => number;
}

/** What use costs beside transfer: small against it, and counted all the same. */
const ITEMS: readonly Item[] = [
  {
    component: OPERATIONS,
    item: "log ingest",
    type: "aws:cloudwatch/logGroup:LogGroup",
    price: ["cloudwatch", "logs-ingest"],
    quantity: ({ logGb }, plan) => logGb * scale(plan),
  },
  {
    component: NETWORK,
    item: "data through the NAT gateway",
    type: "aws:ec2/natGateway:NatGateway",
    price: ["vpc", "nat-gateway-data"],
    quantity: ({ natGb }, plan) => natGb * scale(plan),
  },
  {
    component: NETWORK,
    item: "balancer capacity units",
    type: "aws:lb/loadBalancer:LoadBalancer",
    price: ["elb", "alb-lcu"],
    quantity: ({ balancerUnits }, plan) => balancerUnits * scale(plan) * HOURS,
  },
  {
    component: NETWORK,
    item: "transfer between zones, both directions",
    type: INSTANCE,
    price: ["data-transfer", "inter-az-each-direction"],
    quantity: ({ interZoneGb }, plan) => interZoneGb * scale(plan) * 2,
  },
  {
    component: NETWORK,
    item: "DNS queries",
    type: "aws:route53/record:Record",
    price: ["route53", "latency-queries-first-1B"],
    quantity: ({ dnsQueries }, { subscribers }) => (dnsQueries * subscribers) / 1e6,
  },
  {
    component: OPERATIONS,
    item: "data in buckets",
    type: "aws:s3/bucket:Bucket",
    price: ["s3", "standard-storage"],
    quantity: ({ bucketGb }, plan) => bucketGb * scale(plan),
  },
  {
    component: OPERATIONS,
    item: "requests to keys",
    type: "aws:kms/key:Key",
    price: ["kms", "requests"],
    quantity: ({ apiCalls }, plan) => (apiCalls * scale(plan)) / 1e4,
  },
  {
    component: OPERATIONS,
    item: "requests to secrets",
    type: "aws:secretsmanager/secret:Secret",
    price: ["secretsmanager", "api-calls"],
    quantity: ({ apiCalls }, plan) => (apiCalls * scale(plan)) / 1e4,
  },
];

const line = (component: Component, item: string, quantity: number, price: Price): UsageLine => ({
  component,
  item,
  quantity,
  unit: price.unit,
  monthly: quantity * price.usd,
  prices: [price],
});

function itemLines({ stack, table, region, plan }: UsageContext, usage: Usage): UsageLine[] {
  const types = new Set(stack.resources.map(({ type }) => type));
  return ITEMS.filter(({ type }) => types.has(type)).map(
    ({ component, item, price: [service, name], quantity }) =>
      line(component, item, quantity(usage, plan), table.find(service, name, region)),
  );
}

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

/** What one level of use costs in a region; without subscribers nothing is used. */
export function usageCost(context: UsageContext, usage: Usage): UsageCost {
  const { stack, table, region, plan, peersPerServer } = context;
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
          online: plan.subscribers * usage.onlineAtPeak,
          peersPerServer,
        });
  const transfer = transferLine(transferGb, egressTiers(table, region));
  const lines = [
    transfer,
    ...nodeLines(context, (sizing?.nodes ?? 0) - plannedNodes),
    ...itemLines(context, usage),
    ...cdnLines(context, usage),
    ...backupLines(context, usage),
  ].filter(({ quantity }) => plan.subscribers > 0 && quantity > 0);
  return {
    total: lines.reduce((sum, { monthly }) => sum + monthly, 0),
    lines,
    transferGb,
    transfer: transfer.monthly,
    sizing,
    plannedNodes,
  };
}
