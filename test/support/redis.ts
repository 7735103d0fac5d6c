import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Parts } from "../../local/cloud/parts.ts";
import { addressPlan } from "../../local/cloud/addresses.ts";
import { Zone } from "../../local/cloud/zone.ts";
import { CertificateAuthority } from "../../local/parts/certificate-authority.ts";
import { RedisFleet } from "../../local/parts/redis.ts";

export interface TestRedis {
  readonly host: string;
  readonly port: number;
  /** Name in its certificate. */
  readonly name: string;
  readonly user: string;
  readonly password: string;
  readonly caPem: string;
  readonly caFile: string;
  /** Fields for `ioredis`, with verified TLS. */
  clientOptions(): {
    host: string;
    port: number;
    username: string;
    password: string;
    tls: { ca: string; servername: string };
  };
  /** Ends the server as a crash does; it comes back empty by itself. */
  crash(): void;
  stop(): Promise<void>;
}

export interface TestRedisOptions {
  /** Loopback address; a free one a test file, so that files can run side by side. */
  readonly address: string;
  readonly port?: number;
  readonly user?: string;
  /** ACL rules of the user. */
  readonly access?: string;
}

const IDENTIFIER = "test";

/** A real Redis of the embedded cloud's kind, with TLS and one ACL user, for one test file. */
export async function startRedis(options: TestRedisOptions): Promise<TestRedis> {
  const directory = mkdtempSync(join(tmpdir(), "securevpn-redis-"));
  const { address: host, user = "securevpn", access = "on ~* &* +@all" } = options;
  const plan = addressPlan(0);
  const port = options.port ?? plan.redisPort;
  const ca = await CertificateAuthority.open(join(directory, "pki"));
  const parts = new Parts();
  const context = {
    stateDir: directory,
    addresses: { ...plan, redisPort: port },
    zone: new Zone(join(directory, "zone.json")),
    parts,
    ca,
    tools: { redisServer: "redis-server" },
  };
  const fleet = new RedisFleet(context, { of: () => host, release: () => {} });
  const password = "cache-password";
  const { address: name } = await fleet.create({
    identifier: IDENTIFIER,
    region: "test",
    users: [{ name: user, access, passwords: [password] }],
    parameters: {},
  });
  return {
    host,
    port,
    name,
    user,
    password,
    caPem: ca.pem,
    caFile: ca.file,
    clientOptions: () => ({
      host,
      port,
      username: user,
      password,
      tls: { ca: ca.pem, servername: name },
    }),
    crash: () => {
      const pid = parts.get(`redis/${IDENTIFIER}`)?.pid;
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    },
    stop: async () => {
      await fleet.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
