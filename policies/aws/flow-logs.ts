import { ofType, related, SUBNET, tierOf } from "../lib/network.ts";
import { isSet } from "../lib/planned.ts";
import { found, unless, type Rule } from "../lib/rule.ts";

const FLOW_LOG = "aws:ec2/flowLog:FlowLog";
/** Subnets of the control plane and of the data: here a refused flow is a finding. */
const LOGGED = ["private", "data"];

export const flowLogs: Rule = {
  id: "A20",
  name: "a20-flow-logs",
  level: "mandatory",
  description:
    "Flow logs are on in private and data subnets, and off where they would say who used which VPN server",
  source: "EC2.6, turned round for privacy",
  stack: (stack) => {
    const logs = ofType(stack, FLOW_LOG);
    const logged = new Set(logs.flatMap((log) => related(log, "subnetId", SUBNET)));
    return [
      ...ofType(stack, SUBNET)
        .filter((subnet) => LOGGED.includes(tierOf(subnet) ?? "") && !logged.has(subnet))
        .map(({ urn }) => ({ urn, message: "a private or data subnet must have a flow log" })),
      ...logs.flatMap((log) =>
        found(
          log,
          unless(
            [
              !isSet(log.props, "vpcId") &&
                !isSet(log.props, "eniId") &&
                !isSet(log.props, "transitGatewayId"),
              "a flow log must name one subnet: one of the whole VPC covers endpoint subnets too",
            ],
            [
              related(log, "subnetId", SUBNET).every((subnet) =>
                LOGGED.includes(tierOf(subnet) ?? ""),
              ),
              "subnetId must be a private or data subnet: elsewhere flows carry clients' addresses",
            ],
          ),
        ),
      ),
    ];
  },
};
