import { SERVICES } from "../../services/contract/index.ts";
import { isSet, numberAt, objectsAt, textAt, at } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

export const serviceExposure: Rule = {
  id: "K14",
  name: "k14-service-exposure",
  level: "mandatory",
  description: "The entry reaches two Services by NodePort; no Service makes a balancer of its own",
  source: "OWN",
  resource: {
    types: ["kubernetes:core/v1:Service"],
    check: ({ props }) => {
      const type = at(props, "spec.type") ?? "ClusterIP";
      const manifest = SERVICES.find(({ name }) => name === textAt(props, "metadata.name"));
      const ports = objectsAt(props, "spec.ports").map((port) => numberAt(port, "nodePort"));
      return unless(
        [
          type === "ClusterIP" || type === "NodePort",
          "spec.type must be ClusterIP or NodePort: a balancer made by a controller is orphaned at destroy",
        ],
        [
          type !== "NodePort" ||
            (manifest !== undefined && ports.every((port) => port === manifest.nodePort)),
          `spec.type may be NodePort only for ${SERVICES.map(({ name, nodePort }) => `${name} (${nodePort})`).join(" and ")}`,
        ],
        [!isSet(props, "spec.externalIPs"), "spec.externalIPs must be empty"],
      );
    },
  },
};
