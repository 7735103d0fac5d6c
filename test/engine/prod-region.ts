import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { Region } from "../../local/commands/region.ts";
import type { RunReport } from "../../local/engine/report.ts";
import { EngineError, policyPacks, preview } from "../../local/engine/run.ts";
import { openStack, PROJECT_ROOT } from "../../local/engine/workspace.ts";
import { PROCESS_CAP_VARIABLE } from "../../local/kubernetes/budget.ts";
import type { RegionConfig } from "../../services/contract/index.ts";
import type { KubernetesClient } from "../../local/kubernetes/client.ts";
import {
  isPretended,
  isReady,
  type KubernetesObject,
  type List,
  type Pod,
} from "../../local/kubernetes/objects.ts";
import { StepRecorder } from "./engine-steps.ts";
import { ENGINE_SLOT, freshStateDir } from "./support.ts";

/** One process for every workload and some for replicas: what two cores carry. */
const PROCESS_CAP = "16";
const POLL_MS = 100;
/** The CLI with a death signal, as the scripts drive it. */
const GUARDED_CLI = join(PROJECT_ROOT, "local", "engine", "bin", "pulumi");
const execute = promisify(execFile);

export interface PodFact {
  readonly name: string;
  readonly node: string | undefined;
  readonly ready: boolean;
  readonly pretended: boolean;
}

interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

interface DeploymentView extends KubernetesObject {
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly availableReplicas?: number };
}

/** Pods of a Deployment over a time. */
export interface Availability {
  readonly least: number;
  readonly wanted: number;
}

export interface ProgramOptions {
  /** Laid over Pulumi.prod.yaml. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Folder of another state of the program. @default this repository */
  readonly root?: string;
  /** Whether the policy pack judges an `up`; a preview it always judges. @default false */
  readonly policies?: boolean;
}

/** A production stack, `prod` unless another is named, on an embedded cloud of its own. */
export class ProdRegion {
  readonly region: Region;
  readonly said: string[];
  readonly #stack: string;
  readonly #capBefore: string | undefined;

  private constructor(
    region: Region,
    stack: string,
    said: string[],
    capBefore: string | undefined,
  ) {
    this.region = region;
    this.said = said;
    this.#stack = stack;
    this.#capBefore = capBefore;
  }

  /** With `processes` "0" every pod is pretended. */
  static async open(stack = "prod", processes = PROCESS_CAP): Promise<ProdRegion> {
    const capBefore = process.env[PROCESS_CAP_VARIABLE];
    process.env[PROCESS_CAP_VARIABLE] = processes;
    process.env["SECUREVPN_SLOT"] = ENGINE_SLOT;
    const said: string[] = [];
    const region = await Region.open({
      stateDir: freshStateDir(),
      stack,
      what: `the tests of ${stack}`,
      say: (line) => void said.push(line),
    });
    return new ProdRegion(region, stack, said, capBefore);
  }

  async close(): Promise<void> {
    await this.region.close();
    rmSync(this.region.stateDir, { recursive: true, force: true });
    if (this.#capBefore === undefined) delete process.env[PROCESS_CAP_VARIABLE];
    else process.env[PROCESS_CAP_VARIABLE] = this.#capBefore;
  }

  /** Nothing but what is asked: an earlier step's failed update is not repaired here. */
  stack({ config = {}, root }: ProgramOptions = {}): Promise<Stack> {
    return openStack({
      engineDir: this.region.engineDir,
      stack: this.#stack,
      environment: this.region.cloud.environment(),
      config,
      ...(root === undefined ? {} : { root }),
    });
  }

  async preview(options: ProgramOptions = {}): Promise<RunReport> {
    return preview(await this.stack(options), options.root);
  }

  async up(options: ProgramOptions = {}): Promise<StepRecorder> {
    const recorder = new StepRecorder();
    const stack = await this.stack(options);
    try {
      await stack.up({
        color: "never",
        suppressOutputs: true,
        policyPacks: options.policies === true ? policyPacks() : [],
        onEvent: recorder.onEvent,
      });
    } catch (error) {
      throw new EngineError("up", recorder.report, error);
    }
    return recorder;
  }

  async refresh(options: ProgramOptions = {}): Promise<RunReport> {
    const recorder = new StepRecorder();
    await (await this.stack(options)).refresh({ color: "never", onEvent: recorder.onEvent });
    return recorder.report;
  }

  async destroy(options: ProgramOptions = {}): Promise<StepRecorder> {
    const recorder = new StepRecorder();
    await (await this.stack(options)).destroy({ color: "never", onEvent: recorder.onEvent });
    return recorder;
  }

  /**
   * `pulumi destroy` as an operator types it. It previews first and so refuses as a whole; the Automation
   * API skips that, and would remove what is not protected before it meets what is.
   */
  async destroyByHand(): Promise<void> {
    const cwd = join(this.region.engineDir, "project");
    const args = ["destroy", "--yes", "--stack", "prod", "--non-interactive", "--color", "never"];
    const env = { ...process.env, ...this.region.handEnvironment() };
    await execute(GUARDED_CLI, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
  }

  get client(): KubernetesClient {
    const client = this.region.cloud.cluster.controlPlane?.client;
    if (client === undefined) throw new Error("the region has no control plane");
    return client;
  }

  async pods(): Promise<readonly PodFact[]> {
    const { items } = await this.client.get<List<Pod>>("/api/v1/pods");
    return items.map((pod) => ({
      name: pod.metadata.name,
      node: pod.spec.nodeName,
      ready: isReady(pod),
      pretended: isPretended(pod),
    }));
  }

  /** Pods that are not scheduled or not ready, once they have had their time. */
  async waitingPods(patienceMs: number): Promise<readonly PodFact[]> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const waiting = (await this.pods()).filter(({ node, ready }) => node === undefined || !ready);
      if (waiting.length === 0 || Date.now() > deadline) return waiting;
      await delay(POLL_MS);
    }
  }

  async configMaps(namespace: string, prefix: string): Promise<readonly ConfigMap[]> {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const { items } = await this.client.get<List<ConfigMap>>(path);
    return items.filter(({ metadata }) => metadata.name.startsWith(prefix));
  }

  /** What the services read of the region. */
  async regionMap(): Promise<RegionConfig> {
    const [map, ...others] = await this.configMaps("securevpn", "region-");
    if (map === undefined || others.length > 0) throw new Error("there must be one region map");
    return JSON.parse(map.data?.["region.json"] ?? "{}");
  }

  /** Watches how many pods of a Deployment are available until `end` is called. */
  watchAvailable(namespace: string, name: string): { end(): Promise<Availability> } {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
    let running = true;
    let least = Number.POSITIVE_INFINITY;
    let wanted = 0;
    const watching = (async () => {
      while (running) {
        const { spec, status } = await this.client.get<DeploymentView>(path);
        least = Math.min(least, status?.availableReplicas ?? 0);
        wanted = spec.replicas;
        await delay(POLL_MS);
      }
    })();
    return {
      end: async () => {
        running = false;
        await watching;
        return { least, wanted };
      },
    };
  }
}
