/** Connections that one pod of a workload may hold to each primary and to each replica of the region. */
export const CONNECTION_POOLS = [{ workload: "auth", primary: 10, replica: 10 }] as const;

/** Size of a workload's pools. */
export function poolSizeOf(workload: (typeof CONNECTION_POOLS)[number]["workload"]): number {
  return CONNECTION_POOLS.find((pool) => pool.workload === workload)?.primary ?? 0;
}
