import type { Family } from "./charge.ts";
import { cache } from "./resources/cache.ts";
import { cluster } from "./resources/cluster.ts";
import { backupReplication, database } from "./resources/database.ts";
import { healthCheck, zone } from "./resources/dns.ts";
import { key, secret } from "./resources/keys.ts";
import { alarm, compositeAlarm, dashboard, metricFilter } from "./resources/monitoring.ts";
import { address, balancer, kubernetesService, nat, vpcEndpoint } from "./resources/network.ts";
import { nodes } from "./resources/nodes.ts";
import { statefulSet, volumeClaim } from "./resources/volumes.ts";
import { webAcl } from "./resources/waf.ts";

const FAMILIES: readonly Family[] = [
  cluster,
  nodes,
  database,
  backupReplication,
  cache,
  nat,
  address,
  balancer,
  kubernetesService,
  vpcEndpoint,
  zone,
  healthCheck,
  webAcl,
  key,
  secret,
  alarm,
  compositeAlarm,
  metricFilter,
  dashboard,
  volumeClaim,
  statefulSet,
];

const BY_TYPE = new Map(FAMILIES.flatMap((family) => family.types.map((type) => [type, family])));

export const familyOf = (type: string): Family | undefined => BY_TYPE.get(type);
