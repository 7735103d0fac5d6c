import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { openCloud, type Cloud } from "../cloud/cloud.ts";
import { removeRunningEnvironment, writeRunningEnvironment } from "../cloud/environment.ts";
import { lockState } from "../cloud/lock.ts";
import type { Part } from "../cloud/parts.ts";
import { writeStatus, type Status } from "../cloud/status.ts";
import type { Provider } from "../providers/provider.ts";
import { engineEnvironment, openStack, repairStack } from "../engine/workspace.ts";
import { addresses, UsageError } from "./arguments.ts";

/** Layout of the state folder; a folder of another version is refused, not misread. */
const STATE_VERSION = "1";
const STATUS_INTERVAL_MS = 250;

type Details = Pick<Status, "apiUrl" | "caFile" | "kubeconfig" | "psql">;

export interface RegionOptions {
  readonly stateDir: string;
  readonly stack: string;
  readonly what: string;
  readonly say: (line: string) => void;
  /** Wraps a provider, so that a test can make a call fail. */
  readonly intercept?: (provider: Provider) => Provider;
}

function checkVersion(stateDir: string): void {
  const file = join(stateDir, "version");
  const found = existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  if (found === undefined) {
    writeFileSync(file, `${STATE_VERSION}\n`, { mode: 0o600 });
  } else if (found !== STATE_VERSION) {
    throw new UsageError(
      `${stateDir} was written by another version of this project (layout ${found}, this one is ${STATE_VERSION}). ` +
        'Start with that version, or begin anew with "npm start -- --fresh".',
    );
  }
}

/** A region of this machine while one process runs it: lock, cloud, engine and status file. */
export class Region {
  readonly cloud: Cloud;
  readonly stateDir: string;
  readonly #options: RegionOptions;
  readonly #unlock: () => void;
  readonly #since = new Date().toISOString();
  readonly #timer: NodeJS.Timeout;
  #phase: Status["phase"] = "starting";
  #details: Details = {};
  #dirty = true;

  private constructor(options: RegionOptions, cloud: Cloud, unlock: () => void) {
    this.#options = options;
    this.stateDir = options.stateDir;
    this.cloud = cloud;
    this.#unlock = unlock;
    cloud.context.parts.subscribe((part, previous) => {
      this.#dirty = true;
      this.#sayChange(part, previous);
    });
    this.#timer = setInterval(() => this.#flush(), STATUS_INTERVAL_MS);
  }

  /** Locks the folder, starts the provider servers and revives what an earlier run left. */
  static async open(options: RegionOptions, fresh = false): Promise<Region> {
    const unlock = lockState(options.stateDir, options.what);
    try {
      if (fresh) clearState(options.stateDir);
      checkVersion(options.stateDir);
      const cloud = await openCloud({
        stateDir: options.stateDir,
        addresses: addresses(),
        say: options.say,
        ...(options.intercept === undefined ? {} : { intercept: options.intercept }),
      });
      const region = new Region(options, cloud, unlock);
      try {
        await cloud.serve();
        writeRunningEnvironment(options.stateDir, { stack: options.stack, environment: cloud.environment() });
        await cloud.revive();
        return region;
      } catch (error) {
        await region.close();
        throw error;
      }
    } catch (error) {
      unlock();
      throw error;
    }
  }

  get engineDir(): string {
    return join(this.stateDir, "engine");
  }

  /** Variables to export so that `pulumi` typed by hand works on this region. */
  handEnvironment(): Record<string, string> {
    return { ...engineEnvironment(this.engineDir), ...this.cloud.environment() };
  }

  /** The stack, repaired after a killed update; `config` is laid over the stack file. */
  async stack(config: Readonly<Record<string, unknown>> = {}): Promise<Stack> {
    const stack = await openStack({
      engineDir: this.engineDir,
      stack: this.#options.stack,
      environment: this.cloud.environment(),
      config,
    });
    await repairStack(stack, this.engineDir, this.#options.say);
    return stack;
  }

  enter(phase: Status["phase"], details: Details = {}): void {
    this.#phase = phase;
    this.#details = { ...this.#details, ...details };
    this.#dirty = true;
    this.#flush();
  }

  /** Stops everything in order and gives the folder free. */
  async close(): Promise<void> {
    this.enter("stopping");
    clearInterval(this.#timer);
    await this.cloud.stop();
    removeRunningEnvironment(this.stateDir);
    this.#unlock();
  }

  #flush(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    writeStatus(this.stateDir, {
      stack: this.#options.stack,
      pid: process.pid,
      phase: this.#phase,
      since: this.#since,
      ...this.#details,
      parts: this.cloud.context.parts.list(),
    });
  }

  /** A crash of any part is seen and shown; so is its repair. */
  #sayChange(part: Part, previous: Part | undefined): void {
    if (this.#phase === "stopping" || part.state === previous?.state) return;
    if (part.state === "failed" || part.state === "restarting") {
      this.#options.say(`${part.name} ${part.state}${part.detail === undefined ? "" : `: ${part.detail}`}`);
    } else if (part.state === "ready" && (previous?.state === "restarting" || previous?.state === "failed")) {
      this.#options.say(`${part.name} is ready again`);
    }
  }
}

/** Removes everything of the region but the lock that the caller holds. */
export function clearState(stateDir: string): void {
  for (const name of ["cloud", "engine", "parts", "pods", "logs", "pki", "version", "status.json", "environment.json", "zone.json"]) {
    rmSync(join(stateDir, name), { recursive: true, force: true });
  }
}
