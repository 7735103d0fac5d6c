import { stackOf, type Finding, type PlannedResource, type Rule } from "./rule.ts";

/** A place where a sentence of a policy does not hold, decided by a person. */
export interface Exception {
  /** Id of the policy. */
  readonly policy: string;
  /** Stack; `any` needs the name of one resource. */
  readonly stack: string;
  /** Types of the resources; none: a finding about the whole stack. */
  readonly types: readonly string[];
  /** Logical name of the one resource; absent: all of the types in that stack. */
  readonly name?: string;
  /** How the sentence begins that need not be true; the policy's others still hold. */
  readonly finding: string;
  readonly reason: string;
  /** Day of the decision. */
  readonly decided: string;
  /** From this day on the exception no longer holds. */
  readonly until: string;
}

const INSTANCE = "aws:rds/instance:Instance";
const CACHE = "aws:elasticache/replicationGroup:ReplicationGroup";
const CLUSTER = "aws:eks/cluster:Cluster";

const LOCAL = { stack: "local", decided: "2026-11-24", until: "2027-11-24" } as const;
const THROWN_AWAY =
  "the embedded cloud runs on one machine and is thrown away; no customer is in it";
const ONE_MACHINE = "the embedded cloud is one machine: there is no second zone to fail over to";

/** On the stack `local`: sentence by sentence, what one machine need not or cannot do. */
const ON_ONE_MACHINE: readonly (readonly [string, readonly string[], string, string])[] = [
  ["A04", [CLUSTER], "deletionProtection must", THROWN_AWAY],
  ["A08", [INSTANCE], "multiAz must", ONE_MACHINE],
  ["A09", [INSTANCE], "deletionProtection must", THROWN_AWAY],
  ["A09", [INSTANCE], "skipFinalSnapshot must", THROWN_AWAY],
  ["A09", [INSTANCE], "the resource must have the option protect", THROWN_AWAY],
  ["A13", [CACHE], "automaticFailoverEnabled must", ONE_MACHINE],
  ["A13", [CACHE], "multiAzEnabled must", ONE_MACHINE],
  ["A13", [CACHE], "numCacheClusters must", ONE_MACHINE],
  ["A18", ["aws:lb/loadBalancer:LoadBalancer"], "enableDeletionProtection must", THROWN_AWAY],
  [
    "A28",
    [
      CLUSTER,
      INSTANCE,
      CACHE,
      "aws:kms/key:Key",
      "aws:secretsmanager/secret:Secret",
      "aws:s3/bucket:Bucket",
      "random:index/randomBytes:RandomBytes",
    ],
    "a resource that holds state must have the option protect",
    THROWN_AWAY,
  ],
];

export const EXCEPTIONS: readonly Exception[] = ON_ONE_MACHINE.map(
  ([policy, types, finding, reason]) => ({ ...LOCAL, policy, types, finding, reason }),
);

/** The exception that names a finding, whether it still holds or not. */
function exceptionOf(
  rule: Pick<Rule, "id">,
  finding: Finding,
  resource: Pick<PlannedResource, "urn" | "type" | "name"> | undefined,
  stack: string,
  exceptions: readonly Exception[],
): Exception | undefined {
  const where = resource === undefined ? stack : stackOf(resource.urn);
  return exceptions.find(
    (exception) =>
      exception.policy === rule.id &&
      (exception.stack === where || (exception.stack === "any" && exception.name !== undefined)) &&
      (resource === undefined
        ? exception.types.length === 0
        : exception.types.includes(resource.type)) &&
      (exception.name === undefined || exception.name === resource?.name) &&
      finding.message.startsWith(exception.finding),
  );
}

/** A finding less its exception: nothing while that holds, and with a word about it once it ended. */
export function withoutException(
  rule: Pick<Rule, "id">,
  finding: Finding,
  resource: Pick<PlannedResource, "urn" | "type" | "name"> | undefined,
  { stack, today }: { readonly stack: string; readonly today: Date },
  exceptions = EXCEPTIONS,
): readonly Finding[] {
  const exception = exceptionOf(rule, finding, resource, stack, exceptions);
  if (exception === undefined) return [finding];
  if (today < new Date(`${exception.until}T00:00:00Z`)) return [];
  const { decided, until } = exception;
  return [
    { ...finding, message: `${finding.message} (the exception of ${decided} ended on ${until})` },
  ];
}
