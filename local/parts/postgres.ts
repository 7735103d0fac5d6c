import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CloudContext } from "../cloud/context.ts";
import { Store, writeFileAtomically } from "../cloud/store.ts";
import type { PartAddresses } from "./part-addresses.ts";
import { dropSlot, slotName } from "./postgres-clone.ts";
import { ADMIN_ROLE } from "./postgres-config.ts";
import {
  cloneAnew,
  ReplicaWatch,
  slotIsLost,
  startReplica,
  type Replica,
} from "./postgres-replica.ts";
import { ensureRoles, setPassword } from "./postgres-roles.ts";
import { PostgresServer } from "./postgres-server.ts";

export interface DatabaseSpec {
  readonly identifier: string;
  readonly region: string;
  /** Identifier of the primary that it replicates; absent on a primary. */
  readonly replicaOf?: string | undefined;
  readonly masterUser?: string | undefined;
  readonly databaseName?: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface DatabaseEndpoint {
  readonly address: string;
  readonly port: number;
  readonly ip: string;
}

interface DatabaseRecord {
  readonly spec: DatabaseSpec;
  readonly adminPassword: string;
  readonly replicationPassword: string;
}

type PostgresContext = Pick<
  CloudContext,
  "stateDir" | "addresses" | "zone" | "parts" | "ca" | "say"
>;

const secret = (): string => randomBytes(24).toString("base64url");

/** Every PostgreSQL server of the cloud: what RDS is on AWS. */
export class PostgresFleet {
  readonly #ctx: PostgresContext;
  readonly #addresses: PartAddresses;
  readonly #overrides: Readonly<Record<string, string>>;
  readonly #records: Store<DatabaseRecord>;
  readonly #servers = new Map<string, PostgresServer>();
  /** Operations on one server happen one after the other, the watch's among them. */
  readonly #queues = new Map<string, Promise<unknown>>();
  readonly #watch = new ReplicaWatch(
    () => this.#watchReplicas(),
    () => this.#servers.size > 0,
  );

  /** `overrides` are server settings laid over all others, for tests. */
  constructor(
    ctx: PostgresContext,
    addresses: PartAddresses,
    overrides: Readonly<Record<string, string>> = {},
  ) {
    this.#ctx = ctx;
    this.#addresses = addresses;
    this.#overrides = overrides;
    this.#records = new Store(join(ctx.stateDir, "cloud", "postgres"));
  }

  /** Starts every server that an earlier run left: primaries first, their replicas after. */
  async revive(): Promise<void> {
    const specs = this.#records.entries().map(([, record]) => record.spec);
    const start = (spec: DatabaseSpec): Promise<unknown> =>
      this.#queued(spec.identifier, () => this.#ensureRunning(spec.identifier));
    await Promise.all(specs.filter((spec) => spec.replicaOf === undefined).map(start));
    await Promise.all(specs.filter((spec) => spec.replicaOf !== undefined).map(start));
  }

  /** Makes a server, or brings one that an earlier attempt began to what is asked. */
  create(spec: DatabaseSpec, password?: string): Promise<DatabaseEndpoint> {
    return this.#queued(spec.identifier, async () => {
      const known = this.#records.get(spec.identifier);
      const primary = spec.replicaOf === undefined ? undefined : this.#record(spec.replicaOf);
      this.#records.set(spec.identifier, {
        spec,
        // A replica's roles are its primary's.
        adminPassword: primary?.adminPassword ?? known?.adminPassword ?? secret(),
        replicationPassword: primary?.replicationPassword ?? known?.replicationPassword ?? secret(),
      });
      const server = await this.#ensureRunning(spec.identifier);
      if (spec.replicaOf === undefined && spec.masterUser !== undefined) {
        const master = { user: spec.masterUser, database: spec.databaseName, password };
        await ensureRoles(server, this.#record(spec.identifier).replicationPassword, master);
      }
      await server.setParameters(spec.parameters);
      return this.endpoint(spec.identifier);
    });
  }

  /** Applies parameters, and the master's password when one is given. */
  update(spec: DatabaseSpec, password?: string): Promise<void> {
    return this.#queued(spec.identifier, async () => {
      const record = this.#record(spec.identifier);
      const server = await this.#ensureRunning(spec.identifier);
      if (password !== undefined && spec.masterUser !== undefined)
        await setPassword(server, spec.masterUser, password);
      await server.setParameters(spec.parameters);
      this.#records.set(spec.identifier, { ...record, spec });
    });
  }

  /** Ends a server and removes its data. A server that is not there is no error. */
  delete(identifier: string): Promise<void> {
    return this.#queued(identifier, async () => {
      const record = this.#records.get(identifier);
      await this.#servers.get(identifier)?.stop();
      this.#servers.delete(identifier);
      const primary =
        record?.spec.replicaOf === undefined ? undefined : this.#servers.get(record.spec.replicaOf);
      // A primary that is down at the moment drops the slot by itself: it is past its keep size then.
      if (primary !== undefined) await dropSlot(primary, slotName(identifier)).catch(() => {});
      rmSync(this.#directory(identifier), { recursive: true, force: true });
      if (record !== undefined) this.#ctx.zone.delete(this.#name(record.spec));
      this.#records.delete(identifier);
      this.#addresses.release(`postgres/${identifier}`);
      this.#ctx.parts.remove(`postgres/${identifier}`);
    });
  }

  has(identifier: string): boolean {
    return this.#records.get(identifier) !== undefined;
  }

  endpoint(identifier: string): DatabaseEndpoint {
    const { spec } = this.#record(identifier);
    return {
      address: this.#name(spec),
      port: this.#ctx.addresses.postgresPort,
      ip: this.#addresses.of(`postgres/${identifier}`),
    };
  }

  identifiers(): string[] {
    return this.#records
      .entries()
      .map(([identifier]) => identifier)
      .sort();
  }

  /** Commands that open each server with psql as the cloud's superuser; the passwords lie in a file for the owner alone. */
  psqlCommands(): string[] {
    const port = this.#ctx.addresses.postgresPort;
    const file = join(this.#ctx.stateDir, "parts", "postgres", "pgpass");
    const identifiers = this.identifiers();
    const lines = identifiers.map(
      (identifier) =>
        `${this.endpoint(identifier).ip}:${port}:*:${ADMIN_ROLE}:${this.#record(identifier).adminPassword}\n`,
    );
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileAtomically(file, lines.join(""));
    return identifiers.map((identifier) => {
      const { databaseName, replicaOf } = this.#record(identifier).spec;
      const database =
        databaseName ??
        (replicaOf === undefined ? undefined : this.#record(replicaOf).spec.databaseName) ??
        "postgres";
      const target = `host=${this.endpoint(identifier).ip} port=${port} user=${ADMIN_ROLE} dbname=${database} sslmode=verify-ca sslrootcert=${this.#ctx.ca.file}`;
      return `PGPASSFILE='${file}' psql "${target}"`;
    });
  }

  /** The cloud's own access to one server, for checks and demonstrations. */
  server(identifier: string): PostgresServer | undefined {
    return this.#servers.get(identifier);
  }

  /** Stops all: replicas first, so that a primary's last WAL still has somebody to send it to. */
  async stop(): Promise<void> {
    await this.#watch.stop();
    const replicas = [...this.#servers].filter(
      ([identifier]) => this.#records.get(identifier)?.spec.replicaOf !== undefined,
    );
    await Promise.all(replicas.map(([, server]) => server.stop()));
    await Promise.all([...this.#servers.values()].map((server) => server.stop()));
  }

  async #ensureRunning(identifier: string): Promise<PostgresServer> {
    const running = this.#servers.get(identifier);
    if (running !== undefined) return running;
    const record = this.#record(identifier);
    const { spec } = record;
    const { ip, port, address } = this.endpoint(identifier);
    const server = new PostgresServer(
      {
        identifier,
        name: address,
        host: ip,
        port,
        directory: this.#directory(identifier),
        logFile: join(this.#ctx.stateDir, "logs", `postgres-${identifier}.log`),
        adminPassword: record.adminPassword,
        parameters: spec.parameters,
        overrides: this.#overrides,
      },
      this.#ctx.ca,
      this.#ctx.parts,
    );
    await this.#startServer(server, spec);
    this.#servers.set(identifier, server);
    this.#ctx.zone.set(address, ip);
    this.#watch.start();
    return server;
  }

  async #startServer(server: PostgresServer, spec: DatabaseSpec): Promise<void> {
    if (spec.replicaOf === undefined) {
      if (!server.initialised) await server.initialise();
      await server.start();
      return;
    }
    // Not queued on the primary: one whose own creation runs just now would wait for itself.
    const primary = this.#servers.get(spec.replicaOf);
    if (primary === undefined)
      throw new Error(`${spec.identifier}: its primary ${spec.replicaOf} does not run`);
    await startReplica(this.#replica(spec.identifier, spec.replicaOf, server, primary));
  }

  #replica(
    identifier: string,
    primaryIdentifier: string,
    server: PostgresServer,
    primary: PostgresServer,
  ): Replica {
    const { ip: host, port } = this.endpoint(primaryIdentifier);
    const { replicationPassword: password } = this.#record(primaryIdentifier);
    const slot = slotName(identifier);
    return {
      identifier,
      server,
      primary,
      upstream: { host, port, password, slot, caFile: this.#ctx.ca.file },
    };
  }

  /** A replica that fell too far behind can never catch up: it is cloned anew, as RDS does. */
  async #watchReplicas(): Promise<void> {
    for (const identifier of this.identifiers()) {
      const primary = this.#servers.get(this.#records.get(identifier)?.spec.replicaOf ?? "");
      if (primary === undefined || this.#watch.stopped) continue;
      // A primary that does not answer is being restarted; the next round asks again.
      if (!(await slotIsLost(primary, identifier).catch(() => false))) continue;
      await this.#queued(identifier, () => this.#reclone(identifier, primary)).catch(
        (error: unknown) => {
          this.#ctx.say(
            `postgres/${identifier} cannot be cloned anew: ${error instanceof Error ? error.message : String(error)}`,
          );
        },
      );
    }
  }

  async #reclone(identifier: string, primary: PostgresServer): Promise<void> {
    const server = this.#servers.get(identifier);
    const spec = this.#records.get(identifier)?.spec;
    if (server === undefined || spec?.replicaOf === undefined) return;
    this.#ctx.say(
      `postgres/${identifier} fell too far behind ${spec.replicaOf}; it is cloned anew`,
    );
    await cloneAnew(this.#replica(identifier, spec.replicaOf, server, primary));
  }

  #queued<T>(identifier: string, operation: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(identifier) ?? Promise.resolve();
    const result = before.then(operation, operation);
    this.#queues.set(
      identifier,
      result.catch(() => {}),
    );
    return result;
  }

  #record(identifier: string): DatabaseRecord {
    const record = this.#records.get(identifier);
    if (record === undefined) throw new Error(`there is no database ${identifier}`);
    return record;
  }

  #name(spec: DatabaseSpec): string {
    return `${spec.identifier}.${spec.region}.rds.internal`;
  }

  #directory(identifier: string): string {
    return join(this.#ctx.stateDir, "parts", "postgres", identifier);
  }
}
