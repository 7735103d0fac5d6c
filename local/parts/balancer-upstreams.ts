import { Agent } from "node:http";
import type { ForwardAction } from "./balancer.ts";

export interface Backend {
  readonly host: string;
  readonly port: number;
}

/** After a failed connect a target is asked last for so long; its readiness follows a little later. */
const SUSPECT_MS = 2_000;
const SWEEP_MS = 1_000;

export interface Upstream {
  readonly backend: Backend;
  readonly agent: Agent;
}

interface Target extends Upstream {
  nodePort: number;
  deregistrationDelayMs: number;
  suspectUntil: number;
  /** When it left its target group. */
  leftAt: number | undefined;
}

/** Connections to the targets, kept alive, and what is known of each target's health. */
export class Upstreams {
  readonly #targets = new Map<string, Target>();
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  /** The targets in the order in which to try them: round robin, suspects last. */
  candidates(action: ForwardAction, backends: readonly Backend[]): Upstream[] {
    const now = Date.now();
    const present = backends.map((backend) => this.#target(action, backend));
    for (const target of this.#targets.values()) {
      if (target.nodePort === action.nodePort && !present.includes(target))
        this.#leave(target, now);
    }
    if (present.length === 0) return [];
    const from = this.#next++ % present.length;
    const inTurn = [...present.slice(from), ...present.slice(0, from)];
    return [
      ...inTurn.filter((t) => t.suspectUntil <= now),
      ...inTurn.filter((t) => t.suspectUntil > now),
    ];
  }

  suspect(upstream: Upstream): void {
    const target = this.#targets.get(keyOf(upstream.backend));
    if (target !== undefined) target.suspectUntil = Date.now() + SUSPECT_MS;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const target of this.#targets.values()) target.agent.destroy();
    this.#targets.clear();
  }

  #target(action: ForwardAction, backend: Backend): Target {
    let target = this.#targets.get(keyOf(backend));
    if (target === undefined) {
      target = {
        ...action,
        backend,
        agent: new Agent({ keepAlive: true, maxFreeSockets: 64 }),
        suspectUntil: 0,
        leftAt: undefined,
      };
      this.#targets.set(keyOf(backend), target);
    }
    target.nodePort = action.nodePort;
    target.deregistrationDelayMs = action.deregistrationDelayMs;
    target.leftAt = undefined; // it came back before its drain was over
    return target;
  }

  /** No new request; those under way may end, within the deregistration delay. */
  #leave(target: Target, now: number): void {
    target.leftAt ??= now;
    for (const socket of Object.values(target.agent.freeSockets).flat()) socket?.destroy();
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  #sweep(): void {
    const now = Date.now();
    for (const [key, target] of this.#targets) {
      if (target.leftAt === undefined) continue;
      const busy = Object.values(target.agent.sockets).flat().length > 0;
      if (busy && now - target.leftAt < target.deregistrationDelayMs) continue;
      target.agent.destroy();
      this.#targets.delete(key);
    }
  }
}

const keyOf = (backend: Backend): string => `${backend.host}:${backend.port}`;
