import { SERVICES, type NAMESPACES } from "../../services/contract/index.ts";
import type { NamespaceBounds } from "../components/quotas.ts";

export interface QuotaTargets {
  /** Most pods of one HTTP service. */
  readonly maxServicePods: number;
  /** VPN servers at the start. */
  readonly vpnServers: number;
}

/** As many times as endpoint groups grow by themselves. */
const FLEET_GROWTH = 5;
/** Jobs, and pods that still end while their successors start. */
const SPARE_PODS = 6;
/** What one pod of a namespace asks for at most, all containers together. */
const SERVICE_POD = { cpuMilli: 250, memoryMi: 160, limitMi: 512 };
const VPN_POD = { cpuMilli: 300, memoryMi: 224, limitMi: 768 };

function ofPods(pods: number, each: typeof SERVICE_POD) {
  return {
    pods,
    cpuMilli: pods * each.cpuMilli,
    memoryMi: pods * each.memoryMi,
    memoryLimitMi: pods * each.limitMi,
    claims: 0,
    storageGi: 0,
    nodePorts: 0,
  };
}

/** Bounds of every namespace, from the most pods that it should ever hold. */
export function quotasOf({
  maxServicePods,
  vpnServers,
}: QuotaTargets): Readonly<Record<keyof typeof NAMESPACES, NamespaceBounds>> {
  const services = SERVICES.length * (maxServicePods + 1) + SPARE_PODS;
  return {
    platform: {
      quota: { ...ofPods(services, SERVICE_POD), nodePorts: SERVICES.length },
      containerMemoryMi: 1024,
    },
    vpn: {
      quota: ofPods(vpnServers * FLEET_GROWTH + SPARE_PODS, VPN_POD),
      containerMemoryMi: 1024,
    },
  };
}
