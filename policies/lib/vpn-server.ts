import { AGENT } from "../../services/contract/index.ts";
import { POD_TEMPLATE, type Pod } from "./pods.ts";

/**
 * The one workload that may use the host's network; its own rule says what it must be. A PodTemplate
 * of it bears a hash behind the name.
 */
export const isVpnServer = ({ type, workload }: Pod): boolean =>
  workload === AGENT.name || (type === POD_TEMPLATE && workload.startsWith(`${AGENT.name}-`));
