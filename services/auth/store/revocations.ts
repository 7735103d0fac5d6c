import {
  REVOCATION_CHANNEL,
  REVOCATION_TTL_SECONDS,
  revocationKey,
  revocationMessage,
} from "../../contract/index.ts";
import type { Logger } from "../../shared/log.ts";
import type { Redis } from "../../shared/redis.ts";

/** Tells the selectors of ended sessions. The database has them already: a cache that is down loses nothing. */
export class Revocations {
  readonly #redis: Redis;
  readonly #log: Logger;

  constructor(redis: Redis, log: Logger) {
    this.#redis = redis;
    this.#log = log;
  }

  async announce(userId: bigint, sessionIds: readonly string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    try {
      const pipeline = this.#redis.pipeline();
      for (const id of sessionIds) {
        pipeline.set(revocationKey(id), "1", "EX", REVOCATION_TTL_SECONDS);
        pipeline.publish(REVOCATION_CHANNEL, revocationMessage(String(userId), id));
      }
      await pipeline.exec();
    } catch (error) {
      this.#log.warn({ err: error }, "revocation not announced; selectors see it in the database");
    }
  }
}
