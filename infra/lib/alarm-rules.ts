import { defaultMaxConnections, memoryOf } from "../../facts/database-connections.ts";
import { physicalName } from "./names.ts";

/** What CloudWatch watches, as plain values. A description says what to do, not what the metric is. */
export interface AlarmRule {
  /** Last part of the alarm's name. */
  readonly part: string;
  readonly namespace: string;
  readonly metric: string;
  /** `p99` and the like go to CloudWatch as an extended statistic. */
  readonly statistic: "Average" | "Maximum" | "Minimum" | "Sum" | "p99";
  readonly over?: number;
  readonly under?: number;
  readonly periodSeconds: number;
  /** Periods looked at, and how many of them must be bad. @default all of them */
  readonly periods: number;
  readonly bad?: number;
  /** What silence means. */
  readonly missing: "breaching" | "notBreaching" | "ignore";
  readonly todo: string;
}

const GIB = 2 ** 30;
const RDS = "AWS/RDS";
const CACHE = "AWS/ElastiCache";
const ENTRY = "AWS/ApplicationELB";

export interface InstanceFacts {
  readonly instanceClass: string;
  readonly storageGb: number;
  readonly replica: boolean;
}

/** Alarms of one database instance, by the size that it has. Throws a RangeError on a class that nobody knows. */
export function databaseRules({ instanceClass, storageGb, replica }: InstanceFacts): AlarmRule[] {
  const memoryGib = memoryOf(instanceClass);
  const connections = defaultMaxConnections(instanceClass);
  if (memoryGib === undefined || connections === undefined)
    throw new RangeError(`the memory of "${instanceClass}" is not known (facts)`);
  const minutes = { namespace: RDS, periodSeconds: 300, periods: 3 };
  return [
    {
      ...minutes,
      part: "cpu",
      metric: "CPUUtilization",
      statistic: "Average",
      over: 80,
      // An instance that says nothing is down.
      missing: "breaching",
      todo: "See which statements run (pg_stat_activity); if the load stays, take the next databaseInstanceClass. No data: the instance is down",
    },
    {
      ...minutes,
      part: "storage",
      metric: "FreeStorageSpace",
      statistic: "Minimum",
      under: 0.15 * storageGb * GIB,
      missing: "ignore",
      todo: "Storage grows by itself up to four times databaseStorageGb; near that, raise databaseStorageGb. A replication slot that nobody reads fills it too",
    },
    {
      ...minutes,
      part: "memory",
      metric: "FreeableMemory",
      statistic: "Average",
      under: 0.08 * memoryGib * GIB,
      missing: "ignore",
      todo: "Fewer connections or a larger databaseInstanceClass, before the system kills a backend",
    },
    {
      ...minutes,
      part: "connections",
      metric: "DatabaseConnections",
      statistic: "Maximum",
      over: Math.floor(0.8 * connections),
      missing: "ignore",
      todo: "Look for pods that leak or restart; pools times pods must stay below max_connections",
    },
    ...(replica ? [REPLICA_LAG] : []),
  ];
}

/**
 * Without writes a replica's lag grows until RDS ends the WAL segment, every five minutes (RDS user guide,
 * monitoring read replicas), so an alarm below that would ring each quiet night. Readers do not wait for it: they
 * compare WAL positions and leave a replica that is 5 seconds behind. A heartbeat row was not taken: it
 * writes for ever on every shard to save ten minutes of an alarm about capacity, not about correctness.
 */
const IDLE_LAG_SECONDS = 300;

const REPLICA_LAG: AlarmRule = {
  part: "lag",
  namespace: RDS,
  metric: "ReplicaLag",
  statistic: "Maximum",
  over: 2 * IDLE_LAG_SECONDS,
  periodSeconds: 60,
  periods: 5,
  missing: "breaching",
  todo: "Readers fall back to the primary: watch its CPU. End long queries on the replica; if it stays behind, remove it and add it again (replicasPerShard)",
};

/** Alarms of one node of the cache. Which node is the primary changes, so all have the same. */
export const CACHE_RULES: readonly AlarmRule[] = [
  {
    part: "cpu",
    namespace: CACHE,
    metric: "EngineCPUUtilization",
    statistic: "Average",
    over: 80,
    periodSeconds: 300,
    periods: 3,
    missing: "breaching",
    todo: "Look for a storm of connects in the selector's metrics; if it stays, take the next cacheNodeType. No data: the node is down",
  },
  {
    part: "memory",
    namespace: CACHE,
    metric: "DatabaseMemoryUsagePercentage",
    statistic: "Maximum",
    over: 80,
    periodSeconds: 300,
    periods: 3,
    missing: "ignore",
    todo: "A full cache refuses writes and so connects: take the next cacheNodeType now",
  },
  {
    part: "evictions",
    namespace: CACHE,
    metric: "Evictions",
    statistic: "Sum",
    over: 0,
    periodSeconds: 300,
    periods: 1,
    missing: "notBreaching",
    todo: "Leases and limits are never to be evicted: the parameter group's maxmemory-policy was changed by hand. Run pulumi refresh and up",
  },
  {
    part: "lag",
    namespace: CACHE,
    metric: "ReplicationLag",
    statistic: "Maximum",
    over: 5,
    periodSeconds: 60,
    periods: 5,
    missing: "notBreaching",
    todo: "A failover now would lose this many seconds of leases. Look at the primary's CPU and network",
  },
];

/** Alarms of the balancer as a whole. */
export const ENTRY_RULES: readonly AlarmRule[] = [
  {
    part: "5xx",
    namespace: ENTRY,
    metric: "HTTPCode_ELB_5XX_Count",
    statistic: "Sum",
    over: 20,
    periodSeconds: 60,
    periods: 5,
    bad: 3,
    missing: "notBreaching",
    todo: "The entry itself fails: no healthy node, or none that answers in time. See targets and system nodes",
  },
  {
    part: "latency",
    namespace: ENTRY,
    metric: "TargetResponseTime",
    statistic: "p99",
    over: 1,
    periodSeconds: 60,
    periods: 10,
    bad: 8,
    missing: "notBreaching",
    todo: "See the services' dashboards: database and cache latency, then CPU of auth and selector",
  },
];

/** Alarms of one service's targets. */
export const TARGET_RULES: readonly AlarmRule[] = [
  {
    part: "5xx",
    namespace: ENTRY,
    metric: "HTTPCode_Target_5XX_Count",
    statistic: "Sum",
    over: 20,
    periodSeconds: 60,
    periods: 5,
    bad: 3,
    missing: "notBreaching",
    todo: "The service answers with errors: read its logs by request id; roll back if it was just deployed",
  },
  {
    part: "unhealthy",
    namespace: ENTRY,
    metric: "UnHealthyHostCount",
    statistic: "Maximum",
    over: 0,
    periodSeconds: 60,
    periods: 10,
    missing: "notBreaching",
    todo: "A system node fails its health check: kubectl get nodes; drain and end it, the group makes another",
  },
];

/** ACM renews 60 days before the end; below 30 something keeps it from doing so. */
export const CERTIFICATE_RULE: AlarmRule = {
  part: "expiry",
  namespace: "AWS/CertificateManager",
  metric: "DaysToExpiry",
  statistic: "Minimum",
  under: 30,
  periodSeconds: 86_400,
  periods: 1,
  missing: "ignore",
  todo: "ACM could not renew: see that the certificate's validation record still stands in the zone (pulumi refresh)",
};

export const NAT_RULE: AlarmRule = {
  part: "ports",
  namespace: "AWS/NATGateway",
  metric: "ErrorPortAllocation",
  statistic: "Sum",
  over: 0,
  periodSeconds: 300,
  periods: 3,
  missing: "notBreaching",
  todo: "System pods open more than 55,000 connections to one address: find which (flow logs), or add an address to the NAT gateway",
};

/** Seen from outside, by Route 53. */
export const REACHED_RULE: AlarmRule = {
  part: "reached",
  namespace: "AWS/Route53",
  metric: "HealthCheckStatus",
  statistic: "Minimum",
  under: 1,
  periodSeconds: 60,
  periods: 3,
  missing: "breaching",
  todo: "The region's API is not reached from the internet and the shared name leads elsewhere: see entry and auth",
};

export const CDN_RULE: AlarmRule = {
  part: "5xx",
  namespace: "AWS/CloudFront",
  metric: "5xxErrorRate",
  statistic: "Average",
  over: 5,
  periodSeconds: 300,
  periods: 3,
  missing: "notBreaching",
  todo: "Clients that poll get errors in percent of their requests: see the entry's alarms first",
};

/** ElastiCache's names of a replication group's nodes. */
export const cacheNodes = (region: string, name: string, count: number): string[] =>
  Array.from(
    { length: count },
    (_, index) => `${physicalName(region, name)}-${String(index + 1).padStart(3, "0")}`,
  );
