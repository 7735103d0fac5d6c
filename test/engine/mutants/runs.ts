import type { Mutant } from "./mutant.ts";

export interface MutantRun {
  readonly title: string;
  readonly mutants: readonly Mutant[];
}

const CLUSTER = { type: "aws:eks/cluster:Cluster", name: "cluster" };
/** One preview each: faults in one run do not hide each other. */
export const RUNS: readonly MutantRun[] = [
  {
    title: "slice",
    mutants: [
      {
        policy: "a01-cluster-endpoint",
        of: CLUSTER,
        change: {
          "vpcConfig > endpointPublicAccess": true,
          "vpcConfig > publicAccessCidrs": ["0.0.0.0/0"],
        },
        says: /publicAccessCidrs must be known CIDRs, none of them the whole internet/,
      },
      {
        policy: "a09-database-backups",
        of: { type: "aws:rds/instance:Instance", name: "shard-0" },
        change: { backupRetentionPeriod: 1 },
        says: /backupRetentionPeriod must be at least 7 days/,
      },
      {
        policy: "k05-image-digest",
        of: { type: "kubernetes:apps/v1:Deployment", name: "auth" },
        change: { "spec > template > spec > containers > 0 > image": "node:24" },
        says: /image must end with @sha256: and 64 hex digits; it is node:24/,
      },
    ],
  },
];
