import { clusterEncryption } from "./aws/cluster-encryption.ts";
import { clusterEndpoint } from "./aws/cluster-endpoint.ts";
import { clusterLogs } from "./aws/cluster-logs.ts";
import { databaseMultiAz } from "./aws/database-multi-az.ts";
import { databaseNetwork } from "./aws/database-network.ts";
import type { Rule } from "./lib/rule.ts";

/** Every policy of the pack, in the order of the policy table. */
export const RULES: readonly Rule[] = [
  clusterEndpoint,
  clusterEncryption,
  clusterLogs,
  databaseNetwork,
  databaseMultiAz,
];
