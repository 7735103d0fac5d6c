import { AGENT } from "../../services/contract/index.ts";
import type { Pod } from "./pods.ts";

/** The one workload that may use the host's network; its own rule says what it must be. */
export const isVpnServer = ({ workload }: Pod): boolean => workload === AGENT.name;
