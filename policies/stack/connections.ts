import { factsOf, type Pool } from "../lib/facts.ts";
import { maxConnectionsOf } from "../lib/max-connections.ts";
import { ofType } from "../lib/network.ts";
import { at, isSet, numberAt, textAt } from "../lib/planned.ts";
import { DEPLOYMENT } from "../lib/pods.ts";
import { found, unless, type PlannedStack, type Rule, type StackResource } from "../lib/rule.ts";

const AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
/** Kept free: superusers, RDS's own, migrations, the exporter and a person with psql. */
const RESERVED = 15;

/** Kubernetes' default is a quarter more, rounded up. */
function surgeOf(deployment: StackResource, replicas: number): number {
  const surge = at(deployment.props, "spec.strategy.rollingUpdate.maxSurge") ?? "25%";
  const percent = typeof surge === "string" ? /^(\d+)%$/.exec(surge)?.[1] : undefined;
  return percent === undefined ? Number(surge) : Math.ceil((replicas * Number(percent)) / 100);
}

/** The most pods that a workload has at one time: in the middle of a roll, at its autoscaler's most. */
function podsOf(stack: PlannedStack, workload: string): number {
  const deployment = ofType(stack, DEPLOYMENT).find(
    ({ props }) => textAt(props, "metadata.name") === workload,
  );
  if (deployment === undefined) return 0;
  const autoscaler = ofType(stack, AUTOSCALER).find(
    ({ props }) => textAt(props, "spec.scaleTargetRef.name") === workload,
  );
  const replicas = Math.max(
    numberAt(deployment.props, "spec.replicas") ?? 1,
    numberAt(autoscaler?.props, "spec.maxReplicas") ?? 0,
  );
  return replicas + surgeOf(deployment, replicas);
}

function judge(stack: PlannedStack, instance: StackResource, pools: readonly Pool[]): string[] {
  const limit = maxConnectionsOf(instance);
  if (limit === undefined) {
    const shown = textAt(instance.props, "instanceClass") ?? "not known";
    return [`max_connections must be known: instanceClass is ${shown}, and its group states none`];
  }
  const kind = isSet(instance.props, "replicateSourceDb") ? "replica" : "primary";
  const uses = pools.map((pool) => ({ ...pool, pods: podsOf(stack, pool.workload) }));
  const used = uses.reduce((sum, use) => sum + use.pods * use[kind], 0);
  const sum = uses.map((use) => `${use.workload} ${use.pods} x ${use[kind]}`).join(" + ");
  return unless([
    used <= limit - RESERVED,
    `the pods' connections must stay within max_connections less ${RESERVED}: ${sum} = ${used}, of ${limit}`,
  ]);
}

export const connections: Rule = {
  id: "A30",
  name: "a30-connections",
  level: "mandatory",
  description: "All pods with full pools fit into max_connections of every shard and replica",
  source: "OWN",
  stack: (stack) => {
    const { pools } = factsOf(stack);
    return ofType(stack, "aws:rds/instance:Instance").flatMap((instance) =>
      found(instance, judge(stack, instance, pools)),
    );
  },
};
