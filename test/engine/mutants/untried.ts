import type { Mutant } from "./mutant.ts";
import { database, deployment, of, role, service } from "./places.ts";

const RECORD = of("aws:route53/record:Record");
const FOREIGN = "999999999999";

/** Faults that were thought of without sight of the rules; the ten first went through when tried. */
export const UNTRIED: readonly Mutant[] = [
  {
    policy: "k19-settings",
    of: deployment("selector"),
    change: {
      "spec > template > spec > containers > 0 > env > 0": {
        name: "NODE_TLS_REJECT_UNAUTHORIZED",
        value: "0",
      },
    },
    says: /env NODE_TLS_REJECT_UNAUTHORIZED must be absent/,
  },
  {
    policy: "k19-settings",
    of: of("kubernetes:apps/v1:StatefulSet")("grafana"),
    change: {
      "spec > template > spec > containers > 0 > env > name=GF_AUTH_ANONYMOUS_ENABLED > value":
        "true",
    },
    says: /GF_AUTH_ANONYMOUS_ENABLED must be false: it is true/,
  },
  {
    policy: "k19-settings",
    of: of("kubernetes:batch/v1:CronJob")("auth-maintenance"),
    change: { "spec > suspend": true },
    says: /spec\.suspend must be off/,
  },
  {
    policy: "a39-shared-cache",
    of: of("aws:cloudfront/cachePolicy:CachePolicy")("cdn"),
    change: {
      "parametersInCacheKeyAndForwardedToOrigin > headersConfig": {
        headerBehavior: "whitelist",
        headers: { items: ["Authorization"] },
      },
    },
    says: /headersConfig\.headerBehavior must be "none"/,
  },
  {
    policy: "a39-shared-cache",
    of: of("aws:cloudfront/distribution:Distribution")("cdn"),
    change: {
      "orderedCacheBehaviors > 0 > originRequestPolicyId": "216adef6-5c7f-4b83-98f8-a4d8a0f4e3a8",
    },
    says: /orderedCacheBehaviors\.0\.originRequestPolicyId must be absent/,
  },
  {
    policy: "a39-shared-cache",
    of: of("aws:cloudfront/function:Function")("cdn-refuse"),
    change: {
      code: "function handler(event) { console.log(event.viewer.ip); return event.request; }",
    },
    says: /code must be known in preview and use neither console/,
  },
  {
    policy: "a40-own-names",
    of: RECORD("entry"),
    change: { aliases: undefined, ttl: 60, records: ["203.0.113.9"] },
    says: /a record must be an alias of this stack's load balancer/,
  },
  {
    policy: "a40-own-names",
    of: RECORD("beside-ours"),
    added: "aws",
    change: {
      zoneId: "Z1",
      name: "api.us-east-1.securevpn.example",
      type: "A",
      ttl: 60,
      records: ["203.0.113.9"],
      setIdentifier: "b",
      weightedRoutingPolicies: [{ weight: 1 }],
    },
    says: /a record must be an alias of this stack's load balancer/,
  },
  {
    policy: "a41-alarm-recipients",
    of: of("aws:sns/topicSubscription:TopicSubscription")("queue"),
    added: "aws",
    change: {
      topic: (find) => find(of("aws:sns/topic:Topic")("alarms"), "arn"),
      protocol: "sqs",
      endpoint: `arn:aws:sqs:us-east-1:${FOREIGN}:q`,
    },
    says: /protocol must be email or https \(alertEmail\): it is sqs/,
  },
  {
    policy: "o02-stated-figures",
    of: of("aws:budgets/budget:Budget")("budgets-budget-total"),
    change: { limitAmount: "9000000" },
    says: /limitAmount must be at most the plan's \$41,000 a month: it is 9,000,000/,
  },
  {
    policy: "a09-database-backups",
    of: database("shard-1"),
    change: { replicateSourceDb: `arn:aws:rds:us-east-1:${FOREIGN}:db:foreign` },
    says: /replicateSourceDb must be a primary of this stack/,
    also: [
      {
        policy: "a09-database-backups",
        at: database("shard-1-replica-0"),
        says: /replicateSourceDb must be a primary of this stack/,
      },
    ],
  },
  {
    policy: "a24-iam-least-privilege",
    of: role("nodes-system"),
    change: {
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { AWS: FOREIGN }, Action: "sts:AssumeRole" }],
      }),
    },
    says: /must trust principals of the stack's own account alone/,
    also: [
      {
        policy: "a24-iam-least-privilege",
        at: role("nodes-system"),
        says: /must name a role, not an account/,
      },
    ],
  },
  {
    policy: "a37-client-logs",
    of: of("aws:cloudwatch/logGroup:LogGroup")("pod-logs"),
    change: { retentionInDays: 3653 },
    says: /retentionInDays must be 1 to 400/,
  },
  {
    policy: "k14-service-exposure",
    of: service("auth-internal"),
    change: { "spec > type": "ExternalName", "spec > externalName": "x.example" },
    says: /spec\.type must be ClusterIP or NodePort/,
  },
];
