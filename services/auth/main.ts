import { availableParallelism } from "node:os";
import { Counter, Registry, collectDefaultMetrics } from "prom-client";
import { ENV, METRICS, poolSizeOf, SECRET_FILES } from "../contract/index.ts";
import { Env } from "../shared/env.ts";
import { createInternal, listen } from "../shared/http.ts";
import { AccessTokenVerifier, publicKeys, signingKeys } from "../shared/jwt.ts";
import { createLogger } from "../shared/log.ts";
import { Shards } from "../shared/postgres.ts";
import { connectRedis } from "../shared/redis.ts";
import { readRegionConfig } from "../shared/region-config.ts";
import { readSecret } from "../shared/secrets.ts";
import { shutdownOnSignal } from "../shared/shutdown.ts";
import { createAuthApi } from "./app.ts";
import { PasswordHasher } from "./domain/password.ts";
import { RefreshTokens } from "./domain/refresh-token.ts";
import { Revocations } from "./store/revocations.ts";

/** Logins that may wait for a hash; about 2 s of work on two cores. */
const HASH_QUEUE = 64;

const env = new Env();
const log = createLogger(
  "auth",
  env.oneOf(ENV.logLevel, ["debug", "info", "warn", "error"], "info"),
);
const region = readRegionConfig(env.text(ENV.regionConfig));
const secretsDir = env.text(ENV.secretsDir);
const secret = (name: string): string => readSecret(secretsDir, name);

const keys = signingKeys(secret(SECRET_FILES.tokenSigningSeeds));
const [key] = keys;
if (key === undefined) throw new Error(`${SECRET_FILES.tokenSigningSeeds} holds no seed`);
const emailKey = Buffer.from(secret(SECRET_FILES.emailHashKey), "hex");
const jwks = keys.map(({ jwk }) => jwk);
const verificationKeys = publicKeys(jwks);

const registry = new Registry();
collectDefaultMetrics({ register: registry });
const hasher = new PasswordHasher({
  concurrency: Math.max(1, Math.min(4, availableParallelism())),
  queue: HASH_QUEUE,
});
const shards = new Shards(region, {
  role: "auth",
  passwordOf: (shard) => secret(SECRET_FILES.rolePassword(shard, "auth")),
  poolSize: poolSizeOf("auth"),
  log,
});
const redis = connectRedis(region.cache, secret(SECRET_FILES.cachePassword), log);

const api = createAuthApi(
  {
    region,
    shards,
    hasher,
    dummyHash: await hasher.hash("nobody has this passphrase"),
    emailKey,
    // The e-mail hash key is never rotated, since the directory would be lost with it.
    issuer: { key, region, refresh: new RefreshTokens(emailKey) },
    jwks,
    verificationKeys,
    verifier: new AccessTokenVerifier({ issuers: [region.issuer], keys: () => verificationKeys }),
    revocations: new Revocations(redis, log),
    attempts: new Counter({
      name: METRICS.authAttempts,
      help: "Sign-ups, logins and refreshes by outcome",
      labelNames: ["kind", "outcome"],
      registers: [registry],
    }),
    log,
  },
  registry,
);

let leaving = false;
// Readiness asks no dependency: a database that is down must not take every pod out at once.
const internal = createInternal({
  registry,
  log,
  notReady: () => (leaving ? ["shutting down"] : []),
});
const host = env.text(ENV.podIp);
const servers = [
  await listen(api, host, env.port(ENV.publicPort)),
  await listen(internal, host, env.port(ENV.internalPort)),
];
log.info({ shards: shards.names.length }, "auth listens");

shutdownOnSignal({
  log,
  servers,
  leave: () => {
    leaving = true;
  },
  close: async () => {
    redis.disconnect();
    await shards.close();
  },
});
