import type { Counter } from "prom-client";
import type { RegionConfig } from "../contract/index.ts";
import type { AccessTokenVerifier } from "../shared/jwt.ts";
import type { Logger } from "../shared/log.ts";
import type { Redis } from "../shared/redis.ts";
import type { AgentGate } from "./store/agent-gate.ts";
import type { PushHub } from "./store/push.ts";
import type { Registry } from "./store/registry.ts";

/** What every handler of the selector gets. */
export interface SelectorContext {
  readonly region: RegionConfig;
  readonly verifier: AccessTokenVerifier;
  readonly redis: Redis;
  readonly registry: Registry;
  readonly gate: AgentGate;
  readonly push: PushHub;
  /** Aborted when the process leaves: open streams end. */
  readonly leaving: AbortSignal;
  readonly attempts: Counter<"outcome">;
  readonly log: Logger;
}
