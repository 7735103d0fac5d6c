import { ENDPOINT_TYPES } from "../../facts/instance-capacity.ts";
import { vpnNodes, type NodeDemand, type NodePlan } from "../../facts/vpn-nodes.ts";
import { CostError } from "./errors.ts";

/** The nodes that a load needs, by the arithmetic that sizes the program's groups. */
export function sizingOf(instance: string, demand: NodeDemand): NodePlan {
  const plan = vpnNodes(instance, demand);
  if (plan !== undefined) return plan;
  throw new CostError(
    "instanceTypes",
    `instanceTypes of the endpoint nodes is ${instance}: its rate is not known; it must be one of ${Object.keys(ENDPOINT_TYPES).join(", ")}`,
  );
}
