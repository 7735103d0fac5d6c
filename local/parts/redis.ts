import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import type { CloudContext } from "../cloud/context.ts";
import { Store, writeFileAtomically } from "../cloud/store.ts";
import { SupervisedProcess } from "../kubernetes/supervisor.ts";
import type { PartAddresses } from "./part-addresses.ts";

const READY_WITHIN_MS = 10_000;
const PROBE_TIMEOUT_MS = 1_000;

export interface CacheUser {
  readonly name: string;
  /** ACL rules without passwords, e.g. `on ~* +@all`. */
  readonly access: string;
  /** Empty: no password is asked (only sensible for a user that is off). */
  readonly passwords: readonly string[];
}

export interface CacheSpec {
  readonly identifier: string;
  readonly region: string;
  /** Empty: `default` is open, as ElastiCache has it without users. */
  readonly users: readonly CacheUser[];
  readonly parameters: Readonly<Record<string, string>>;
}

export interface CacheEndpoint {
  readonly address: string;
  readonly port: number;
  readonly ip: string;
}

/** What is kept: hashes, never passwords. */
type CacheRecord = Omit<CacheSpec, "users"> & {
  readonly users: readonly (Omit<CacheUser, "passwords"> & {
    readonly hashes: readonly string[];
  })[];
};

type RedisContext = Pick<CloudContext, "stateDir" | "addresses" | "zone" | "parts" | "ca"> & {
  readonly tools: Pick<CloudContext["tools"], "redisServer">;
};

/** The cloud's own user: it may see whether the server answers, and change users and parameters. */
const CLOUD_USER = "securevpn-cloud";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const lines = (items: readonly string[]): string => `${items.join("\n")}\n`;

/** Parameters of a group that a cache of this size takes over; the rest sizes a node class. */
const APPLIED_PARAMETERS: readonly string[] = [
  "maxmemory-policy",
  "notify-keyspace-events",
  "timeout",
  "tcp-keepalive",
  "lazyfree-lazy-eviction",
];

/** Every cache of the cloud: what ElastiCache is on AWS. Nothing is persisted; all in it can be rebuilt. */
export class RedisFleet {
  readonly #ctx: RedisContext;
  readonly #addresses: Pick<PartAddresses, "of" | "release">;
  readonly #records: Store<CacheRecord>;
  readonly #servers = new Map<string, SupervisedProcess>();
  #queue: Promise<unknown> = Promise.resolve();
  /** Of the cloud's own user; new with every run, since every run writes the users anew. */
  readonly #cloudPassword = randomBytes(24).toString("base64url");

  constructor(ctx: RedisContext, addresses: Pick<PartAddresses, "of" | "release">) {
    this.#ctx = ctx;
    this.#addresses = addresses;
    this.#records = new Store(join(ctx.stateDir, "cloud", "redis"));
  }

  async revive(): Promise<void> {
    await Promise.all(this.#records.entries().map(([identifier]) => this.#start(identifier)));
  }

  /** Makes a cache, or changes one: users and parameters are applied without a restart. */
  create(spec: CacheSpec): Promise<CacheEndpoint> {
    return this.#inOrder(() => this.#apply(spec));
  }

  /** A cache that is not there is no error. */
  delete(identifier: string): Promise<void> {
    return this.#inOrder(() => this.#remove(identifier));
  }

  /** Users, groups and the cache itself are changed side by side; each change is drawn from the newest records. */
  #inOrder<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(change);
    this.#queue = result.catch(() => {});
    return result;
  }

  async #apply(spec: CacheSpec): Promise<CacheEndpoint> {
    const users = spec.users.map(({ name, access, passwords }) => ({
      name,
      access,
      hashes: passwords.map(sha256),
    }));
    this.#records.set(spec.identifier, { ...spec, users });
    if (this.#servers.has(spec.identifier)) await this.#reload(spec.identifier);
    else await this.#start(spec.identifier);
    return this.endpoint(spec.identifier);
  }

  async #remove(identifier: string): Promise<void> {
    if (!this.has(identifier)) return;
    await this.#servers.get(identifier)?.stop();
    this.#servers.delete(identifier);
    this.#ctx.parts.remove(`redis/${identifier}`);
    this.#ctx.zone.delete(this.#name(identifier));
    rmSync(this.#directory(identifier), { recursive: true, force: true });
    this.#records.delete(identifier);
    this.#addresses.release(`redis/${identifier}`);
  }

  has(identifier: string): boolean {
    return this.#records.get(identifier) !== undefined;
  }

  endpoint(identifier: string): CacheEndpoint {
    return {
      address: this.#name(identifier),
      port: this.#ctx.addresses.redisPort,
      ip: this.#addresses.of(`redis/${identifier}`),
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.stop()));
    this.#servers.clear();
  }

  async #start(identifier: string): Promise<void> {
    const { ip, port, address } = this.endpoint(identifier);
    const { redisServer } = this.#ctx.tools;
    if (redisServer === undefined) {
      throw new Error(
        "no redis-server on this machine. Install it (Debian: apt-get install --no-install-recommends redis-server) and start again.",
      );
    }
    const confFile = await this.#writeFiles(identifier);
    const server = new SupervisedProcess(this.#ctx.parts, {
      name: `redis/${identifier}`,
      kind: "cache",
      address: `${ip}:${port}`,
      process: {
        command: redisServer,
        args: [confFile],
        logFile: join(this.#ctx.stateDir, "logs", `redis-${identifier}.log`),
      },
      isReady: () =>
        this.#command(identifier, "PING").then(
          (reply) => reply.startsWith("-NOAUTH") || reply.startsWith("+PONG"),
        ),
      readyWithinMs: READY_WITHIN_MS,
    });
    try {
      await server.start();
    } catch (error) {
      await server.stop();
      throw error;
    }
    this.#servers.set(identifier, server);
    this.#ctx.zone.set(address, ip);
  }

  async #writeFiles(identifier: string): Promise<string> {
    const directory = this.#directory(identifier);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const { ip, port, address } = this.endpoint(identifier);
    const { certPem, keyPem } = await this.#ctx.ca.issue({
      commonName: address,
      dnsNames: [address, "localhost"],
      ipAddresses: [ip],
    });
    writeFileAtomically(join(directory, "server.crt"), certPem);
    writeFileAtomically(join(directory, "server.key"), keyPem);
    this.#writeAcl(identifier);
    const settings = {
      bind: ip,
      port: "0",
      "tls-port": String(port),
      "tls-cert-file": join(directory, "server.crt"),
      "tls-key-file": join(directory, "server.key"),
      "tls-ca-cert-file": this.#ctx.ca.file,
      "tls-auth-clients": "no",
      aclfile: join(directory, "users.acl"),
      dir: directory,
      save: '""',
      appendonly: "no",
      maxmemory: "64mb",
      ...this.#parameters(identifier),
    };
    const confFile = join(directory, "redis.conf");
    writeFileAtomically(
      confFile,
      lines(Object.entries(settings).map(([key, value]) => `${key} ${value}`)),
    );
    return confFile;
  }

  /** With users, `default` is off unless one of them is it. */
  #writeAcl(identifier: string): void {
    const { users } = this.#record(identifier);
    const fallback = users.length === 0 ? "on nopass ~* &* +@all" : "off";
    const rules = users.map(({ name, access, hashes }) => {
      const secrets = hashes.length > 0 ? hashes.map((hash) => `#${hash}`).join(" ") : "nopass";
      return `user ${name} ${secrets} ${access}`;
    });
    const acl = lines([
      ...(users.some(({ name }) => name === "default") ? [] : [`user default ${fallback}`]),
      ...rules,
      `user ${CLOUD_USER} on #${sha256(this.#cloudPassword)} +ping +acl|load +config|set`,
    ]);
    writeFileAtomically(join(this.#directory(identifier), "users.acl"), acl);
  }

  async #reload(identifier: string): Promise<void> {
    this.#writeAcl(identifier);
    const loaded = await this.#command(identifier, "ACL LOAD");
    if (!loaded.startsWith("+OK"))
      throw new Error(`redis/${identifier} refuses its users: ${loaded.trim()}`);
    for (const [name, value] of Object.entries(this.#parameters(identifier))) {
      const set = await this.#command(identifier, `CONFIG SET ${name} "${value}"`);
      if (!set.startsWith("+OK"))
        throw new Error(`redis/${identifier} refuses ${name} = ${value}: ${set.trim()}`);
    }
    await this.#writeFiles(identifier);
  }

  #parameters(identifier: string): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.#record(identifier).parameters).filter(([name]) =>
        APPLIED_PARAMETERS.includes(name),
      ),
    );
  }

  /** Runs one inline command as the cloud's own user; answers the raw reply. */
  #command(identifier: string, command: string): Promise<string> {
    const { ip: host, port, address: servername } = this.endpoint(identifier);
    return new Promise((resolve, reject) => {
      const socket = tls.connect({
        host,
        port,
        servername,
        ca: this.#ctx.ca.pem,
        timeout: PROBE_TIMEOUT_MS,
      });
      let reply = "";
      socket.once("secureConnect", () =>
        socket.write(`AUTH ${CLOUD_USER} ${this.#cloudPassword}\r\n${command}\r\n`),
      );
      socket.on("data", (chunk: Buffer) => {
        reply += chunk.toString();
        const [auth = "", answer = ""] = reply.split("\r\n");
        if (reply.split("\r\n").length < 3) return;
        socket.destroy();
        resolve(auth.startsWith("+OK") ? answer : auth);
      });
      socket.once("timeout", () =>
        socket.destroy(new Error(`${command} was not answered in ${PROBE_TIMEOUT_MS} ms`)),
      );
      socket.once("error", reject);
      socket.once("close", () =>
        reject(new Error(`the connection was closed before ${command} was answered`)),
      );
    });
  }

  #record(identifier: string): CacheRecord {
    const record = this.#records.get(identifier);
    if (record === undefined) throw new Error(`there is no cache ${identifier}`);
    return record;
  }

  #name(identifier: string): string {
    return `master.${identifier}.${this.#record(identifier).region}.cache.internal`;
  }

  #directory(identifier: string): string {
    return join(this.#ctx.stateDir, "parts", "redis", identifier);
  }
}
