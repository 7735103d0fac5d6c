import { flagAt, listAt, objectsAt, textAt } from "../lib/planned.ts";
import { LOAD_BALANCERS } from "../lib/network.ts";
import { unless, type Rule } from "../lib/rule.ts";

/** Classic balancers know neither rules nor headers that must be dropped. */
const CLASSIC = "aws:elb/loadBalancer:LoadBalancer";

export const balancer: Rule = {
  id: "A18",
  name: "a18-balancer",
  level: "mandatory",
  description:
    "A load balancer lies in at least 2 zones, drops invalid headers, refuses requests that hide others and cannot be deleted by mistake",
  source: "ELB.6, ELB.12, ELB.13",
  resource: {
    types: [...LOAD_BALANCERS, CLASSIC],
    check: ({ type, props }) =>
      unless(
        [type !== CLASSIC, "a balancer must be an application load balancer, not a classic one"],
        [
          listAt(props, "subnets").length + objectsAt(props, "subnetMappings").length >= 2,
          "subnets must be at least 2, one a zone",
        ],
        [
          (textAt(props, "loadBalancerType") ?? "application") !== "application" ||
            flagAt(props, "dropInvalidHeaderFields") === true,
          "dropInvalidHeaderFields must be true",
        ],
        [
          textAt(props, "desyncMitigationMode") !== "monitor",
          "desyncMitigationMode must be defensive or strictest",
        ],
        [
          flagAt(props, "enableDeletionProtection") === true,
          "enableDeletionProtection must be true",
        ],
      ),
  },
};
