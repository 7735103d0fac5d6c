import { SERVICES, type NAMESPACES } from "../../services/contract/index.ts";
import type { NamespaceBounds, Quota } from "../components/quotas.ts";

export interface QuotaTargets {
  /** Most pods of one HTTP service. */
  readonly maxServicePods: number;
  /** VPN servers at the start. */
  readonly vpnServers: number;
  readonly prometheusReplicas: number;
  readonly shards: number;
  /** Primary and read replicas of a shard. */
  readonly instancesPerShard: number;
  readonly zones: number;
}

/** Some pods alike: what each asks for at most, all its containers together. */
interface Pods {
  readonly count: number;
  readonly cpuMilli: number;
  readonly memoryMi: number;
  readonly limitMi: number;
}

/** As many times as endpoint groups grow by themselves. */
const FLEET_GROWTH = 5;
/** Jobs, and pods that still end while their successors start. */
const SPARE_PODS = 6;

function sumOf(pods: readonly Pods[], rest: Partial<Quota> = {}): Quota {
  const sum = (of: (each: Pods) => number): number =>
    pods.reduce((total, each) => total + each.count * of(each), 0);
  return {
    pods: sum(() => 1),
    cpuMilli: sum(({ cpuMilli }) => cpuMilli),
    memoryMi: sum(({ memoryMi }) => memoryMi),
    memoryLimitMi: sum(({ limitMi }) => limitMi),
    claims: 0,
    storageGi: 0,
    nodePorts: 0,
    ...rest,
  };
}

function monitoring(targets: QuotaTargets): NamespaceBounds {
  const { prometheusReplicas, shards, instancesPerShard: instances } = targets;
  const quota = sumOf(
    [
      { count: prometheusReplicas, cpuMilli: 200, memoryMi: 768, limitMi: 2048 },
      {
        count: shards,
        cpuMilli: 10 * instances,
        memoryMi: 32 * instances,
        limitMi: 96 * instances,
      },
      // Grafana, two Alertmanagers, the cache's exporter; and as many to spare.
      { count: 8, cpuMilli: 100, memoryMi: 192, limitMi: 512 },
    ],
    // Twice what the claims ask for: they may grow.
    { claims: prometheusReplicas + 1, storageGi: 2 * (prometheusReplicas * 20 + 5) },
  );
  return { quota, containerMemoryMi: 2048 };
}

/** Bounds of every namespace, from the most pods that it should ever hold. */
export function quotasOf(
  targets: QuotaTargets,
): Readonly<Record<keyof typeof NAMESPACES, NamespaceBounds>> {
  const services = SERVICES.length * (targets.maxServicePods + 1) + SPARE_PODS;
  const servers = targets.vpnServers * FLEET_GROWTH + SPARE_PODS;
  return {
    platform: {
      quota: sumOf([{ count: services, cpuMilli: 250, memoryMi: 160, limitMi: 512 }], {
        nodePorts: SERVICES.length,
      }),
      containerMemoryMi: 1024,
    },
    vpn: {
      quota: sumOf([{ count: servers, cpuMilli: 400, memoryMi: 288, limitMi: 1024 }]),
      containerMemoryMi: 1024,
    },
    monitoring: monitoring(targets),
    system: {
      quota: sumOf([{ count: 2 * targets.zones, cpuMilli: 50, memoryMi: 128, limitMi: 512 }]),
      containerMemoryMi: 1024,
    },
  };
}
