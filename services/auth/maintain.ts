import { setTimeout as delay } from "node:timers/promises";
import { ENV, SECRET_FILES } from "../contract/index.ts";
import { Env } from "../shared/env.ts";
import { createLogger } from "../shared/log.ts";
import { Shards } from "../shared/postgres.ts";
import { readRegionConfig } from "../shared/region-config.ts";
import { readSecret } from "../shared/secrets.ts";
import { purgeShard } from "./store/retention.ts";

/** Less than the job's deadline: what is left is the next run's. */
const MAX_MINUTES = 20;
const PAUSE_MS = 50;

/** Nightly job: throws away what is past its retention, on every shard. A shard that is down stops no other. */
const env = new Env();
const log = createLogger("auth-maintenance", "info");
const region = readRegionConfig(env.text(ENV.regionConfig));
const secretsDir = env.text(ENV.secretsDir);
const shards = new Shards(region, {
  role: "auth",
  passwordOf: (shard) => readSecret(secretsDir, SECRET_FILES.rolePassword(shard, "auth")),
  // One statement at a time a shard: the services keep the connections.
  poolSize: 1,
  log,
});
const endsAt = Date.now() + MAX_MINUTES * 60_000;
const options = { isOver: () => Date.now() > endsAt, pause: () => delay(PAUSE_MS) };

const results = await Promise.allSettled(
  shards.names.map(async (shard) => {
    for (const { what, rows, complete } of await purgeShard(shards, shard, options)) {
      log.info(
        { shard, what, rows, complete },
        complete ? "purged" : "purged in part; the next run goes on",
      );
    }
  }),
);
await shards.close();
for (const [index, result] of results.entries()) {
  if (result.status === "rejected") {
    log.error({ shard: shards.names[index], err: result.reason }, "not purged");
    process.exitCode = 1;
  }
}
