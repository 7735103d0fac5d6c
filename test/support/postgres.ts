import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { Parts } from "../../local/cloud/parts.ts";
import { CertificateAuthority } from "../../local/parts/certificate-authority.ts";
import { ensureRoles } from "../../local/parts/postgres-roles.ts";
import { PostgresServer } from "../../local/parts/postgres-server.ts";

export interface TestPostgres {
  readonly host: string;
  readonly port: number;
  /** Name in its certificate. */
  readonly name: string;
  /** The master user: it may make databases and roles, as on RDS. */
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly caPem: string;
  /** File that NODE_EXTRA_CA_CERTS can name. */
  readonly caFile: string;
  /** Fields for `pg`, with verified TLS; another database or user where given. */
  clientConfig(overrides?: {
    database?: string;
    user?: string;
    password?: string;
  }): pg.ClientConfig;
  /** Ends the server as a crash does; it restarts by itself. */
  crash(): void;
  stop(): Promise<void>;
}

export interface TestPostgresOptions {
  /** Loopback address; a free one a test file, so that files can run side by side. */
  readonly address: string;
  readonly port?: number;
  readonly user?: string;
  readonly database?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

const DEFAULT_PORT = 15_432;

/** A real PostgreSQL of the embedded cloud's kind for one test file. */
export async function startPostgres(options: TestPostgresOptions): Promise<TestPostgres> {
  const directory = mkdtempSync(join(tmpdir(), "securevpn-postgres-"));
  const {
    address: host,
    port = DEFAULT_PORT,
    user = "securevpn_owner",
    database = "securevpn",
  } = options;
  const ca = await CertificateAuthority.open(join(directory, "pki"));
  const parts = new Parts();
  const name = "postgres.test.internal";
  const password = "owner-password";
  const server = new PostgresServer(
    {
      identifier: "test",
      name,
      host,
      port,
      directory: join(directory, "server"),
      logFile: join(directory, "postgres.log"),
      adminPassword: "admin-password",
      parameters: options.parameters ?? {},
      // Its data ends with the test.
      overrides: { fsync: "off", synchronous_commit: "off", full_page_writes: "off" },
    },
    ca,
    parts,
  );
  await server.initialise();
  await server.start();
  await ensureRoles(server, "replication-password", { user, database, password });
  return {
    host,
    port,
    name,
    user,
    password,
    database,
    caPem: ca.pem,
    caFile: ca.file,
    clientConfig: (overrides = {}) => ({
      host,
      port,
      user,
      password,
      database,
      ssl: { ca: ca.pem, servername: name },
      ...overrides,
    }),
    crash: () => {
      const pid = parts.get(server.partName)?.pid;
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    },
    stop: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
