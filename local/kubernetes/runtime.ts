import type { CloudContext } from "../cloud/context.ts";
import type { ProcessBudget } from "./budget.ts";
import type { KubernetesClient } from "./client.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Events } from "./events.ts";
import type { Isolation } from "./isolation.ts";
import type { LocalNodeSpec } from "./node-spec.ts";
import type { Pod } from "./objects.ts";

/** What a node lends to the pods that it runs. */
export interface NodeRuntime {
  readonly ctx: CloudContext;
  readonly controlPlane: ControlPlane;
  readonly client: KubernetesClient;
  readonly spec: LocalNodeSpec;
  readonly isolation: Isolation;
  readonly budget: ProcessBudget;
  /** At most 15 characters, unique on this machine. */
  readonly wireguardInterface: string;
  readonly events: Events;
  /** Address for a pod; the one it had before when it is still free. */
  readonly takeIp: (pod: Pod) => string;
  readonly releaseIp: (pod: Pod) => void;
}
