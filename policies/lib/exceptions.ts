import { stackOf, type PlannedResource, type Rule } from "./rule.ts";

/** A place where a policy does not hold, decided by a person. */
export interface Exception {
  /** Policy ids. */
  readonly policies: readonly string[];
  readonly stack: string;
  /** Type of the resources; absent: findings about the whole stack. */
  readonly type?: string;
  /** Logical name of the one resource; absent: all of the type in that stack. */
  readonly name?: string;
  readonly reason: string;
  /** Day of the decision. */
  readonly decided: string;
  /** From this day on the exception no longer holds. */
  readonly until: string;
}

const LOCAL = {
  stack: "local",
  decided: "2026-11-24",
  until: "2027-11-24",
} as const;
const THROWN_AWAY = "the embedded cloud is started anew and thrown away on one machine";

export const EXCEPTIONS: readonly Exception[] = [
  {
    ...LOCAL,
    policies: ["A04"],
    type: "aws:eks/cluster:Cluster",
    reason: `${THROWN_AWAY}: no deletion protection`,
  },
  {
    ...LOCAL,
    policies: ["A08", "A09"],
    type: "aws:rds/instance:Instance",
    reason: `${THROWN_AWAY}: it has no zones, and its shards hold no customer`,
  },
  {
    ...LOCAL,
    policies: ["A13"],
    type: "aws:elasticache/replicationGroup:ReplicationGroup",
    reason: "one machine has no second zone: one cache node",
  },
];

/** The exception that covers a finding, if one does today. */
export function exceptionFor(
  rule: Pick<Rule, "id">,
  resource: Pick<PlannedResource, "urn" | "type" | "name"> | undefined,
  stack: string,
  today: Date,
  exceptions = EXCEPTIONS,
): Exception | undefined {
  return exceptions.find(
    (exception) =>
      exception.policies.includes(rule.id) &&
      exception.stack === (resource === undefined ? stack : stackOf(resource.urn)) &&
      exception.type === resource?.type &&
      (exception.name === undefined || exception.name === resource?.name) &&
      today < new Date(`${exception.until}T00:00:00Z`),
  );
}
