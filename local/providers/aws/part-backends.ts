import type { Balancer } from "../../parts/balancer.ts";
import type { PostgresFleet } from "../../parts/postgres.ts";
import type { RedisFleet } from "../../parts/redis.ts";
import type { AwsBackends } from "./backends.ts";

/** The backends that are single processes; cluster and node groups come from the Kubernetes side. */
export function partBackends(
  postgres: PostgresFleet,
  redis: RedisFleet,
  balancer: Balancer,
): Pick<AwsBackends, "database" | "cache" | "balancer"> {
  return {
    database: {
      apply: (spec, password) => postgres.create(spec, password),
      delete: (identifier) => postgres.delete(identifier),
      has: (identifier) => postgres.has(identifier),
    },
    cache: {
      apply: (spec) => redis.create(spec),
      delete: (identifier) => redis.delete(identifier),
      has: (identifier) => redis.has(identifier),
    },
    balancer: {
      apply: (config) => (config === undefined ? balancer.delete() : balancer.apply(config)),
    },
  };
}
