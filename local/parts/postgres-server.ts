import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { writeFileAtomically } from "../cloud/store.ts";
import type { Parts } from "../cloud/parts.ts";
import { SupervisedProcess } from "../kubernetes/supervisor.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";
import { clearLeftovers } from "./postgres-leftovers.ts";
import { asOrdinaryUser, postgresBinaries, POSTGRES_ENV, run } from "./postgres-binaries.ts";
import {
  ADMIN_ROLE,
  PG_HBA,
  postgresConf,
  type ServerFiles,
  type Upstream,
} from "./postgres-config.ts";

/** Crash recovery on a slow disk, or a replica that first has to catch up. */
const READY_WITHIN_MS = 60_000;
const CONNECT_TIMEOUT_MS = 15_000; // a refused one fails at once; a busy machine lets a good one wait

export interface PostgresServerOptions {
  readonly identifier: string;
  /** Name by which clients know it; also in its certificate. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly directory: string;
  readonly logFile: string;
  readonly adminPassword: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>> | undefined;
}

/** One PostgreSQL server: its folder, its process, and the cloud's own connection to it. */
export class PostgresServer {
  readonly dataDir: string;
  readonly #options: PostgresServerOptions;
  readonly #ca: CertificateAuthority;
  readonly #parts: Parts;
  #parameters: Readonly<Record<string, string>>;
  #supervised: SupervisedProcess | undefined;
  #upstream: Upstream | undefined;

  constructor(options: PostgresServerOptions, ca: CertificateAuthority, parts: Parts) {
    this.#options = options;
    this.#ca = ca;
    this.#parts = parts;
    this.#parameters = options.parameters;
    this.dataDir = join(options.directory, "data");
  }

  get partName(): string {
    return `postgres/${this.#options.identifier}`;
  }

  get initialised(): boolean {
    return existsSync(this.dataDir);
  }

  /** Makes an empty cluster. A crash in it leaves `data.new`, which the next attempt removes. */
  async initialise(): Promise<void> {
    const draft = this.draft();
    const { initdb } = await postgresBinaries();
    const passwordFile = join(this.#options.directory, "admin-password");
    writeFileSync(passwordFile, this.#options.adminPassword, { mode: 0o600 });
    const args = [
      "--pgdata",
      draft,
      "--username",
      ADMIN_ROLE,
      "--pwfile",
      passwordFile,
      "--auth",
      "scram-sha-256",
    ];
    const locale = [
      "--encoding",
      "UTF8",
      "--locale",
      "C",
      "--locale-provider",
      "builtin",
      "--builtin-locale",
      "C.UTF-8",
    ];
    const asUser = asOrdinaryUser(initdb, [...args, ...locale, "--no-sync", "--no-instructions"]);
    await run(asUser.command, asUser.args, POSTGRES_ENV);
    rmSync(passwordFile);
    renameSync(draft, this.dataDir);
  }

  /** An empty folder to build a data directory in; `adopt` makes it the data directory. */
  draft(): string {
    const draft = join(this.#options.directory, "data.new");
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(this.#options.directory, { recursive: true, mode: 0o700 });
    mkdirSync(draft, { mode: 0o700 });
    return draft;
  }

  adopt(draft: string): void {
    rmSync(this.dataDir, { recursive: true, force: true });
    renameSync(draft, this.dataDir);
  }

  /** Starts the server on its data and waits until it answers. */
  async start(upstream?: Upstream): Promise<void> {
    this.#upstream = upstream;
    await clearLeftovers(this.dataDir);
    const files = await this.#writeCertificate();
    this.#writeConfig(files);
    const { postgres } = await postgresBinaries();
    const { host, port, logFile } = this.#options;
    const asUser = asOrdinaryUser(postgres, ["-D", this.dataDir]);
    const supervised = new SupervisedProcess(this.#parts, {
      name: this.partName,
      kind: "database",
      address: `${host}:${port}`,
      process: { ...asUser, env: POSTGRES_ENV, logFile },
      isReady: () => this.query("select 1").then(() => true),
      readyWithinMs: READY_WITHIN_MS,
    });
    this.#supervised = supervised;
    try {
      await supervised.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const stopping = this.#supervised?.stop();
    this.#supervised = undefined;
    // SIGTERM alone would wait for every client to leave; SIGINT after it ends their sessions.
    this.#signal("SIGINT");
    await stopping;
  }

  /** Applies parameters to the running server; restarts it when one of them asks for that. */
  async setParameters(parameters: Readonly<Record<string, string>>): Promise<void> {
    const before = this.#parameters;
    this.#parameters = parameters;
    this.#writeConfig(this.#files());
    // A parameter that only a start can set shows as an error too; it is told apart by its context.
    const errors = await this.query<{
      name: string;
      setting: string;
      error: string;
      at_start: boolean;
    }>(
      `select f.name, f.setting, f.error, coalesce(s.context = 'postmaster', false) or f.error like '%without restarting%' as at_start
         from pg_file_settings f left join pg_settings s on lower(s.name) = lower(f.name)
        where f.error is not null`,
    );
    const bad = errors.find((error) => !error.at_start);
    if (bad !== undefined) {
      this.#restoreParameters(before);
      throw new Error(
        `parameter ${bad.name}: "${bad.setting}" is refused by PostgreSQL (${bad.error})`,
      );
    }
    await this.query("select pg_reload_conf()");
    if (errors.length === 0) return;
    await this.stop();
    try {
      await this.start(this.#upstream);
    } catch (error) {
      this.#restoreParameters(before);
      await this.start(this.#upstream);
      throw new Error(
        `PostgreSQL does not start with ${errors.map((e) => `${e.name} = ${e.setting}`).join(", ")}`,
        { cause: error },
      );
    }
  }

  #restoreParameters(parameters: Readonly<Record<string, string>>): void {
    this.#parameters = parameters;
    this.#writeConfig(this.#files());
  }

  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = await this.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** A connection of the cloud's own superuser; the caller ends it. */
  async connect(): Promise<pg.Client> {
    const { host, port, name, adminPassword: password } = this.#options;
    const client = new pg.Client({
      host,
      port,
      user: ADMIN_ROLE,
      password,
      database: "postgres",
      ssl: { ca: this.#ca.pem, servername: name },
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: "securevpn-cloud",
    });
    client.on("error", () => {}); // the server went away; whoever queries next is told
    await client.connect();
    return client;
  }

  #files(): ServerFiles {
    const { directory } = this.#options;
    return {
      certFile: join(directory, "server.crt"),
      keyFile: join(directory, "server.key"),
      caFile: this.#ca.file,
    };
  }

  async #writeCertificate(): Promise<ServerFiles> {
    const { name, host } = this.#options;
    const { certPem, keyPem } = await this.#ca.issue({
      commonName: name,
      dnsNames: [name, "localhost"],
      ipAddresses: [host],
    });
    const files = this.#files();
    writeFileAtomically(files.certFile, certPem, 0o644);
    writeFileAtomically(files.keyFile, keyPem);
    return files;
  }

  #writeConfig(files: ServerFiles): void {
    const { host, port, overrides } = this.#options;
    const [parameters, upstream] = [this.#parameters, this.#upstream];
    const conf = postgresConf({ host, port, files, parameters, upstream, overrides });
    writeFileAtomically(join(this.dataDir, "postgresql.conf"), conf);
    writeFileAtomically(join(this.dataDir, "pg_hba.conf"), PG_HBA);
    const standby = join(this.dataDir, "standby.signal");
    if (upstream === undefined) rmSync(standby, { force: true });
    else writeFileAtomically(standby, "");
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      const pid = Number(readFileSync(join(this.dataDir, "postmaster.pid"), "utf8").split("\n")[0]);
      if (pid > 0 && this.#parts.get(this.partName)?.pid === pid) process.kill(pid, signal);
    } catch {
      // Not running: nothing to end.
    }
  }
}
