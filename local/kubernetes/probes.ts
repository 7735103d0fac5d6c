import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Action, Container, HttpGet, Probe } from "./objects.ts";

/** What an action needs of the container that it is done in. */
export interface ActionTarget {
  readonly podIp: string;
  readonly container: Container;
  /** Runs a command beside the container's process; resolves with its exit code. */
  readonly exec: (command: readonly string[], timeoutMs: number) => Promise<number>;
}

function portNumber(port: number | string, container: Container): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find((p) => p.name === port)?.containerPort;
  return named ?? Number(port);
}

function httpStatus(action: HttpGet, target: ActionTarget, timeoutMs: number): Promise<number> {
  const secure = action.scheme === "HTTPS";
  const request = secure ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: action.host ?? target.podIp,
        port: portNumber(action.port, target.container),
        path: action.path ?? "/",
        headers: {
          "user-agent": "kube-probe/1.36",
          ...Object.fromEntries((action.httpHeaders ?? []).map((h) => [h.name, h.value])),
        },
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
        // A kubelet does not verify the certificate of what it probes.
        ...(secure ? { rejectUnauthorized: false } : {}),
      },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    outgoing.once("error", reject);
    outgoing.end();
  });
}

function tcpConnects(host: string, port: number, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(new Error(`no connection to ${host}:${port} in ${timeoutMs} ms`)),
    );
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}

/** Does an action once; undefined: it succeeded, else why not. */
export async function perform(
  action: Action,
  target: ActionTarget,
  timeoutMs: number,
): Promise<string | undefined> {
  try {
    if (action.httpGet !== undefined) {
      const status = await httpStatus(action.httpGet, target, timeoutMs);
      return status >= 200 && status < 400
        ? undefined
        : `HTTP probe failed with statuscode: ${status}`;
    }
    if (action.tcpSocket !== undefined) {
      await tcpConnects(
        action.tcpSocket.host ?? target.podIp,
        portNumber(action.tcpSocket.port, target.container),
        timeoutMs,
      );
    }
    if (action.grpc !== undefined) await tcpConnects(target.podIp, action.grpc.port, timeoutMs);
    if (action.exec !== undefined) {
      const code = await target.exec(action.exec.command ?? [], timeoutMs);
      return code === 0 ? undefined : `command ended with code ${code}`;
    }
    if (action.sleep !== undefined) await delay(action.sleep.seconds * 1000);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const EAGER_MS = 200;

type Verdict = (ok: boolean, why: string | undefined) => "stop" | void;

export interface ProbeEvents {
  readonly onStarted: () => void;
  readonly onReady: (ready: boolean, why?: string) => void;
  /** Startup or liveness gave up: the container must be restarted. */
  readonly onUnhealthy: (why: string) => void;
}

/** The three probes of one run of a container; readiness and liveness wait for startup. */
export class Prober {
  readonly #target: ActionTarget;
  readonly #events: ProbeEvents;
  readonly #abort = new AbortController();

  constructor(target: ActionTarget, events: ProbeEvents) {
    this.#target = target;
    this.#events = events;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    const { startupProbe, readinessProbe, livenessProbe } = this.#target.container;
    if (startupProbe !== undefined && !(await this.#startup(startupProbe))) return;
    if (this.#abort.signal.aborted) return;
    this.#events.onStarted();
    if (readinessProbe === undefined) this.#events.onReady(true);
    else void this.#watch(readinessProbe, true, (ok, why) => this.#events.onReady(ok, why));
    if (livenessProbe !== undefined) {
      void this.#watch(livenessProbe, false, (ok, why) => {
        if (!ok) this.#events.onUnhealthy(`Liveness probe failed: ${why}`);
      });
    }
  }

  async #startup(probe: Probe): Promise<boolean> {
    let started = false;
    await this.#watch(probe, true, (ok, why) => {
      started = ok;
      if (!ok) this.#events.onUnhealthy(`Startup probe failed: ${why}`);
      return "stop";
    });
    return started;
  }

  /**
   * Calls `verdict` whenever a threshold is reached. An eager probe asks several times a second until
   * its first success (a kubelet waits a whole period, which would be most of a local start), but
   * counts at most one failure a period, so the patience is the one that the pod asked for.
   */
  async #watch(probe: Probe, eager: boolean, verdict: Verdict): Promise<void> {
    const { signal } = this.#abort;
    const wait = (ms: number): Promise<void> => delay(ms, undefined, { signal }).catch(() => {});
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    let successes = 0;
    let failures = 0;
    let hurry = eager;
    let countedAt = Date.now() - periodMs;
    await wait((probe.initialDelaySeconds ?? 0) * 1000);
    while (!signal.aborted) {
      const why = await perform(probe, this.#target, (probe.timeoutSeconds ?? 1) * 1000);
      if (signal.aborted) return;
      if (why === undefined) {
        successes += 1;
        failures = 0;
      } else if (!hurry || Date.now() - countedAt >= periodMs) {
        countedAt = Date.now();
        successes = 0;
        failures += 1;
      }
      if (successes >= (probe.successThreshold ?? 1)) {
        hurry = false;
        if (verdict(true, undefined) === "stop") return;
      }
      if (failures >= (probe.failureThreshold ?? 3) && verdict(false, why) === "stop") return;
      await wait(hurry ? EAGER_MS : periodMs);
    }
  }
}
