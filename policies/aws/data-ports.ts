import { INGRESS_TYPES, ingressOf } from "../lib/flows.ts";
import { unless, type Rule } from "../lib/rule.ts";

const DATA_PORTS = [5432, 6379];

export const dataPorts: Rule = {
  id: "A22",
  name: "a22-data-ports",
  level: "mandatory",
  description: "Databases and cache are reached from security groups only, never from addresses",
  source: "OWN",
  resource: {
    types: INGRESS_TYPES,
    check: ({ type, props }) => {
      const open = ingressOf(type, props).filter(
        ({ protocol, fromPort, toPort, blocks }) =>
          blocks.length > 0 &&
          protocol !== "udp" &&
          DATA_PORTS.some((port) => fromPort <= port && port <= toPort),
      );
      return unless([
        open.length === 0,
        `ports ${DATA_PORTS.join(" and ")} must be open to security groups only, not to CIDRs or prefix lists`,
      ]);
    },
  },
};
