import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { openCloud, type Cloud } from "../cloud/cloud.ts";
import { removeRunningEnvironment, writeRunningEnvironment } from "../cloud/environment.ts";
import { lockSlot, lockState } from "../cloud/lock.ts";
import type { Part } from "../cloud/parts.ts";
import { assertPortsFree } from "../cloud/ports.ts";
import { writeStatus, type Status } from "../cloud/status.ts";
import type { Provider } from "../providers/provider.ts";
import { engineEnvironment, openStack, repairStack } from "../engine/workspace.ts";
import { wantedPorts } from "../cloud/wanted-ports.ts";
import { addresses } from "./arguments.ts";
import { watchDisk } from "./disk.ts";
import { interrupt } from "./interrupt.ts";
import { assertRoom, claimFolder, clearFolder } from "./state-folder.ts";

const STATUS_INTERVAL_MS = 250;
/** The parts of a start that was killed a moment ago may still hold its ports. */
const PORT_PATIENCE_MS = 3_000;

type Details = Pick<Status, "apiUrl" | "caFile" | "kubeconfig" | "psql">;

export interface RegionOptions {
  readonly stateDir: string;
  readonly stack: string;
  readonly what: string;
  readonly say: (line: string) => void;
  /** Wraps a provider, so that a test can make a call fail. */
  readonly intercept?: (provider: Provider) => Provider;
}

/** The folder is one region's at a time, and so are the addresses of a slot. */
function lockAll({ stateDir, what }: RegionOptions): () => void {
  const unlockState = lockState(stateDir, what);
  try {
    const unlockSlot = lockSlot(addresses().slot, what, stateDir);
    return () => {
      unlockSlot();
      unlockState();
    };
  } catch (error) {
    unlockState();
    throw error;
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
  readonly #unwatchDisk: () => void;
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
    // Stopped in order, the databases keep their data; on a full disk they would crash in turn.
    this.#unwatchDisk = watchDisk(this.stateDir, (failure) => interrupt({ exitCode: 1, failure }));
  }

  /** Locks the folder, starts the provider servers and revives what an earlier run left. */
  static async open(options: RegionOptions, fresh = false): Promise<Region> {
    const unlock = lockAll(options);
    try {
      if (fresh) clearFolder(options.stateDir);
      claimFolder(options.stateDir);
      assertRoom(options.stateDir);
      await assertPortsFree(wantedPorts(addresses()), PORT_PATIENCE_MS);
      const cloud = await openCloud({
        stateDir: options.stateDir,
        addresses: addresses(),
        say: options.say,
        ...(options.intercept === undefined ? {} : { intercept: options.intercept }),
      });
      const region = new Region(options, cloud, unlock);
      try {
        await cloud.serve();
        writeRunningEnvironment(options.stateDir, {
          stack: options.stack,
          environment: cloud.environment(),
        });
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

  /** Stops everything in order and gives the folder free, also when a step fails. */
  async close(): Promise<void> {
    this.enter("stopping");
    clearInterval(this.#timer);
    this.#unwatchDisk();
    try {
      await this.cloud.stop();
    } finally {
      removeRunningEnvironment(this.stateDir);
      this.#unlock();
    }
  }

  #flush(): void {
    if (!this.#dirty) return;
    try {
      this.#write();
      this.#dirty = false;
    } catch {
      // The disk is full, say. Nothing depends on this file: the next turn tries again.
    }
  }

  #write(): void {
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
      this.#options.say(
        `${part.name} ${part.state}${part.detail === undefined ? "" : `: ${part.detail}`}`,
      );
    } else if (
      part.state === "ready" &&
      (previous?.state === "restarting" || previous?.state === "failed")
    ) {
      this.#options.say(`${part.name} is ready again`);
    }
  }
}
