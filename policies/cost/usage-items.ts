import { HOURS, SUBSCRIBERS, type Component, type Plan } from "./plan.ts";
import { INSTANCE } from "./resources/database.ts";
import { line, type UsageContext, type UsageLine } from "./usage-line.ts";
import type { Usage } from "./usage.ts";

const NETWORK = "CDN and network transfer";
const OPERATIONS = "monitoring and operations";

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
    item: "requests through the web firewall",
    type: "aws:wafv2/webAcl:WebAcl",
    price: ["wafv2", "requests"],
    quantity: ({ entryRequests }, { subscribers }) => (entryRequests * subscribers) / 1e6,
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

/** What use costs by the resources that a stack has. */
export function itemLines({ stack, table, region, plan }: UsageContext, usage: Usage): UsageLine[] {
  const types = new Set(stack.resources.map(({ type }) => type));
  return ITEMS.filter(({ type }) => types.has(type)).map(
    ({ component, item, price: [service, name], quantity }) =>
      line(component, item, quantity(usage, plan), table.find(service, name, region)),
  );
}
