import type { StackConfig } from "../config.ts";
import { isHome } from "../regions.ts";

/** One budget: what is counted is said by a filter of AWS Budgets, as plain values. */
export interface PlannedBudget {
  /** Last part of its name. */
  readonly part: string;
  /** USD a month. */
  readonly amount: number;
  readonly filter: Filter;
}

interface Values {
  readonly key: string;
  readonly values: string[];
}
type Leaf = { readonly tags: Values } | { readonly dimensions: Values };
interface Branch {
  readonly ors?: Leaf[];
  readonly not?: Leaf;
}
export type Filter = Leaf | { readonly ands: (Leaf | Branch)[] };

/** Tag of endpoint nodes and their disks; AWS counts by it once it is a cost allocation tag. */
export const COST_TAG = { "cost-component": "vpn-servers" } as const;

const tag = (key: string, ...values: string[]): Leaf => ({ tags: { key, values } });
const service = (...values: string[]): Leaf => ({ dimensions: { key: "SERVICE", values } });

const PLATFORM = tag("project", "securevpn");
const VPN_NODES = tag("cost-component", COST_TAG["cost-component"]);
/** Cost Explorer's names of services. */
const DATABASES = ["Amazon Relational Database Service", "Amazon ElastiCache"];
const CLUSTERS = ["Amazon Elastic Container Service for Kubernetes"];
const DELIVERY = [
  "Amazon CloudFront",
  "Amazon Route 53",
  "Amazon Elastic Load Balancing",
  "Amazon Virtual Private Cloud",
];
/** Cost Explorer's groups of what nodes and NAT gateways send. */
const TRANSFER: Leaf = {
  dimensions: {
    key: "USAGE_TYPE_GROUP",
    values: [
      "EC2: Data Transfer - CloudFront (Out)",
      "EC2: Data Transfer - Inter AZ",
      "EC2: Data Transfer - Internet (Out)",
      "EC2: Data Transfer - Region to Region (Out)",
      "EC2: NAT Gateway - Data Processed",
      "EC2: NAT Gateway - Running Hours",
    ],
  },
};

/** The plan's four components; every cost of the platform falls into one of them. */
const COMPONENTS = {
  vpn: { ands: [PLATFORM, { ors: [VPN_NODES, service(...CLUSTERS)] }, { not: TRANSFER }] },
  database: { ands: [PLATFORM, service(...DATABASES)] },
  transfer: { ands: [PLATFORM, { ors: [service(...DELIVERY), TRANSFER] }] },
  monitoring: {
    ands: [
      PLATFORM,
      { not: VPN_NODES },
      { not: service(...DATABASES, ...CLUSTERS, ...DELIVERY) },
      { not: TRANSFER },
    ],
  },
} satisfies Record<string, Filter>;

/** Figures of config: the plan's, for all regions together. */
type Figures = Pick<
  StackConfig,
  "region" | "budgetVpnServers" | "budgetDatabase" | "budgetTransfer" | "budgetMonitoring"
>;

/** Budgets of a stack: its region's share, and at home the platform's total and components. */
export function budgetsOf(config: Figures): PlannedBudget[] {
  const amounts = {
    vpn: config.budgetVpnServers,
    database: config.budgetDatabase,
    transfer: config.budgetTransfer,
    monitoring: config.budgetMonitoring,
  };
  const total = Object.values(amounts).reduce((sum, amount) => sum + amount, 0);
  const { name, share } = config.region;
  const own: PlannedBudget = {
    part: "budget",
    amount: Math.round(total * share),
    filter: { ands: [PLATFORM, tag("region", name)] },
  };
  if (!isHome(config.region)) return [own];
  return [
    own,
    { part: "budget-total", amount: total, filter: PLATFORM },
    ...(["vpn", "database", "transfer", "monitoring"] as const).map((part) => ({
      part: `budget-${part}`,
      amount: amounts[part],
      filter: COMPONENTS[part],
    })),
  ];
}
