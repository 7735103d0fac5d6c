import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { bundle, LOADER } from "../../../infra/lib/bundle.ts";
import { PartAddresses } from "../../../local/parts/part-addresses.ts";
import { PostgresFleet } from "../../../local/parts/postgres.ts";
import { RedisFleet } from "../../../local/parts/redis.ts";
import {
  DATABASE_NAME,
  DATABASE_OWNER,
  DATABASE_ROLES,
  ENV,
  SECRET_FILES,
  type HostPort,
  type RegionConfig,
} from "../../../services/contract/index.ts";
import { testContext, type TestContext } from "../../support/cloud-context.ts";
import { eventually } from "../../support/waiting.ts";

export const SHARDS = ["shard-0", "shard-1"] as const;
const SLOT = 3;
/** Not the ordinary 8080 and 9090: whoever listens there on a wildcard would block them. */
const PORTS = { public: 18080, internal: 19090 };
const CACHE_USER = "securevpn";
const hex = (): string => randomBytes(32).toString("hex");

/** Real databases with the schema, a real cache, and auth processes that boot from their real bundles. */
export class TestRegion {
  readonly config: RegionConfig;
  readonly emailKey: string;
  readonly postgres: PostgresFleet;
  readonly redis: RedisFleet;
  readonly #test: TestContext;
  readonly #processes: { child: ChildProcess; log: string }[] = [];
  readonly #passwords: ReadonlyMap<string, string>;
  #pods = 0;

  private constructor(
    test: TestContext,
    postgres: PostgresFleet,
    redis: RedisFleet,
    config: RegionConfig,
    files: ReadonlyMap<string, string>,
  ) {
    this.#test = test;
    this.postgres = postgres;
    this.redis = redis;
    this.config = config;
    this.#passwords = files;
    this.emailKey = files.get(SECRET_FILES.emailHashKey) ?? "";
  }

  /** `replicas`: of the first shard. */
  static async open(options: { replicas?: number } = {}): Promise<TestRegion> {
    const test = await testContext({ slot: SLOT });
    const addresses = new PartAddresses(test.context);
    const postgres = new PostgresFleet(test.context, addresses, { fsync: "off" });
    const redis = new RedisFleet(test.context, addresses);
    const files = secretFiles();
    const shards = await Promise.all(
      SHARDS.map(async (name, index) => {
        const password = files.get(SECRET_FILES.ownerPassword(name)) ?? "";
        const primary = await postgres.create(
          {
            identifier: name,
            region: "test",
            masterUser: DATABASE_OWNER,
            databaseName: DATABASE_NAME,
            parameters: { "rds.force_ssl": "1" },
          },
          password,
        );
        const replicas: HostPort[] = [];
        for (let at = 0; at < (index === 0 ? (options.replicas ?? 0) : 0); at++) {
          const replica = await postgres.create({
            identifier: `${name}-r${at}`,
            region: "test",
            replicaOf: name,
            parameters: {},
          });
          replicas.push({ host: replica.address, port: replica.port });
        }
        return {
          name,
          database: DATABASE_NAME,
          primary: { host: primary.address, port: primary.port },
          replicas,
        };
      }),
    );
    const cache = await redis.create({
      identifier: "cache",
      region: "test",
      users: [
        {
          name: CACHE_USER,
          access: "on ~* &* +@all",
          passwords: [files.get(SECRET_FILES.cachePassword) ?? ""],
        },
      ],
      parameters: {},
    });
    const config = regionConfig(shards, { host: cache.address, port: cache.port });
    const directory = join(test.context.stateDir, "secrets");
    mkdirSync(directory);
    for (const [name, content] of files) writeFileSync(join(directory, name), content);
    writeFileSync(join(test.context.stateDir, "region.json"), JSON.stringify(config));
    return new TestRegion(test, postgres, redis, config, files);
  }

  /** Runs the migrations' bundle as the init container does; answers its exit code. */
  migrate(): Promise<number> {
    return this.run("services/auth/migrate.ts");
  }

  /** Runs a bundle to its end; answers its exit code. */
  run(entry: string): Promise<number> {
    const { child } = this.#boot(entry, "127.0.0.1");
    return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? -1)));
  }

  /** Starts one more auth process; answers its base URLs when it is ready. */
  async startAuth(): Promise<{ url: string; internalUrl: string; child: ChildProcess }> {
    const ip = `${this.#test.context.addresses.podPrefix}.1.${++this.#pods}`;
    const { child, log } = this.#boot("services/auth/main.ts", ip);
    const internalUrl = `http://${ip}:${PORTS.internal}`;
    await eventually(`auth is ready on ${ip}`, async () => {
      if (child.exitCode !== null)
        throw new Error(`auth ended with ${child.exitCode}: ${readFileSync(log, "utf8")}`);
      return (await fetch(`${internalUrl}/readyz`).catch(() => undefined))?.ok === true;
    });
    return { url: `http://${ip}:${PORTS.public}`, internalUrl, child };
  }

  /** A statement as the schema's owner, or as a service's role. */
  async sql(
    shard: string,
    text: string,
    values: unknown[] = [],
    role?: (typeof DATABASE_ROLES)[number],
  ): Promise<Record<string, unknown>[]> {
    const client = await this.#connect(shard, role);
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Holds the locks of a statement as the schema's owner while something else happens. */
  async holding(
    shard: string,
    text: string,
    values: unknown[],
    during: () => Promise<void>,
  ): Promise<void> {
    const client = await this.#connect(shard);
    try {
      await client.query("begin");
      await client.query(text, values);
      await during();
    } finally {
      await client.end();
    }
  }

  async #connect(shard: string, role?: (typeof DATABASE_ROLES)[number]): Promise<pg.Client> {
    const { ip, port, address } = this.postgres.endpoint(shard);
    const client = new pg.Client({
      host: ip,
      port,
      database: DATABASE_NAME,
      user: role === undefined ? DATABASE_OWNER : `securevpn_${role}`,
      password:
        this.#passwords.get(
          role === undefined
            ? SECRET_FILES.ownerPassword(shard)
            : SECRET_FILES.rolePassword(shard, role),
        ) ?? "",
      ssl: { ca: this.#test.context.ca.pem, servername: address },
    });
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  /** A statement on every shard; all rows together. */
  async everywhere(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await Promise.all(SHARDS.map((shard) => this.sql(shard, text, values)))).flat();
  }

  /** All that the processes have logged. */
  get logged(): string {
    return this.#processes.map(({ log }) => readFileSync(log, "utf8")).join("");
  }

  get cachePassword(): string {
    return this.#passwords.get(SECRET_FILES.cachePassword) ?? "";
  }

  get caPem(): string {
    return this.#test.context.ca.pem;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#processes.map(async ({ child }) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
        child.kill("SIGKILL");
        await ended;
      }),
    );
    await this.redis.stop();
    await this.postgres.stop();
    this.#test.remove();
  }

  #boot(entry: string, podIp: string): { child: ChildProcess; log: string } {
    const { stateDir, zone, ca } = this.#test.context;
    const runDir = join(stateDir, `run-${this.#processes.length}`);
    mkdirSync(runDir);
    const file = join(runDir, "bundle.br");
    writeFileSync(file, Buffer.from(bundle(entry).base64, "base64"));
    const log = join(runDir, "log");
    const child = spawn(process.execPath, ["--enable-source-maps", "-e", LOADER, file, runDir], {
      env: {
        ...zone.environment(),
        NODE_EXTRA_CA_CERTS: ca.file,
        [ENV.podIp]: podIp,
        [ENV.podName]: `auth-${this.#processes.length}`,
        [ENV.publicPort]: String(PORTS.public),
        [ENV.internalPort]: String(PORTS.internal),
        [ENV.regionConfig]: join(stateDir, "region.json"),
        [ENV.secretsDir]: join(stateDir, "secrets"),
        [ENV.logLevel]: "debug",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    writeFileSync(log, "");
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => writeFileSync(log, chunk, { flag: "a" }));
    this.#processes.push({ child, log });
    return { child, log };
  }
}

function secretFiles(): Map<string, string> {
  const files = new Map<string, string>([
    [SECRET_FILES.tokenSigningSeeds, `${hex()}\n`],
    [SECRET_FILES.emailHashKey, hex()],
    [SECRET_FILES.cachePassword, hex()],
  ]);
  for (const shard of SHARDS) {
    files.set(SECRET_FILES.ownerPassword(shard), hex());
    for (const role of DATABASE_ROLES) files.set(SECRET_FILES.rolePassword(shard, role), hex());
  }
  return files;
}

function regionConfig(shards: RegionConfig["shards"], cache: HostPort): RegionConfig {
  return {
    region: "test",
    issuer: "https://api.test.securevpn.test",
    userIds: { fromId: "4611686018427387904", toId: "4611686018427397903" },
    shardMap: {
      version: 2,
      ranges: [
        { shard: "shard-0", fromId: "4611686018427387904", toId: "4611686018427392903" },
        { shard: "shard-1", fromId: "4611686018427392904", toId: "4611686018427397903" },
      ],
      directory: [...SHARDS],
    },
    shards,
    cache: { ...cache, user: CACHE_USER, tls: true },
    tunnel: { ipv4Cidr: "100.64.0.0/22", ipv6Cidr: "fd5e:7665:706e:0::/64" },
    vpn: {
      udpPort: 51820,
      mtu: 1420,
      gatewayIpv4: "100.64.0.1",
      gatewayIpv6: "fd5e:7665:706e::1",
      capacityPeers: 100,
    },
    peers: [],
    trustedHops: 1,
  };
}
