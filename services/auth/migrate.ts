import pg from "pg";
import { DATABASE_OWNER, DATABASE_ROLES, ENV, SECRET_FILES } from "../contract/index.ts";
import { Env } from "../shared/env.ts";
import { createLogger } from "../shared/log.ts";
import { readRegionConfig } from "../shared/region-config.ts";
import { readSecret } from "../shared/secrets.ts";
import { trustedRoots } from "../shared/trust.ts";
import { migrateShard } from "./store/migrate.ts";

/** Init container: brings every shard's schema and roles to this version, then ends. */
const env = new Env();
const log = createLogger("auth-migrate", "info");
const region = readRegionConfig(env.text(ENV.regionConfig));
const secretsDir = env.text(ENV.secretsDir);
const ca = trustedRoots();

for (const { name, database, primary } of region.shards) {
  const client = new pg.Client({
    host: primary.host,
    port: primary.port,
    database,
    user: DATABASE_OWNER,
    password: readSecret(secretsDir, SECRET_FILES.ownerPassword(name)),
    ssl: { ca, rejectUnauthorized: true, servername: primary.host },
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    const passwords = Object.fromEntries(
      DATABASE_ROLES.map((role) => [
        role,
        readSecret(secretsDir, SECRET_FILES.rolePassword(name, role)),
      ]),
    );
    const ranges = region.shardMap.ranges.filter((range) => range.shard === name);
    const applied = await migrateShard(client, { passwords, ranges });
    log.info({ shard: name, applied }, applied.length > 0 ? "migrated" : "up to date");
  } finally {
    await client.end();
  }
}
