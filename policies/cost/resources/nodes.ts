import { isEndpointGroup, related } from "../../lib/network.ts";
import { numberAt, objectsAt, textAt } from "../../lib/planned.ts";
import type { StackResource } from "../../lib/rule.ts";
import type { Charge, Family } from "../charge.ts";
import { knownNumber, knownText } from "../known.ts";
import { HOURS } from "../plan.ts";

export const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
const LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";

/** What EKS gives a node whose group states no disk. */
const DEFAULT_DISK = { gb: 20, type: "gp3" };

/** Disks of one node: those of its launch template, else the group's one. */
function disksOf(group: StackResource): readonly { gb: number; type: string }[] {
  const [template] = related(group, "launchTemplate", LAUNCH_TEMPLATE);
  const mapped = objectsAt(template?.props, "blockDeviceMappings").map((mapping) => ({
    gb: numberAt(mapping, "ebs.volumeSize") ?? DEFAULT_DISK.gb,
    type: textAt(mapping, "ebs.volumeType") ?? DEFAULT_DISK.type,
  }));
  if (mapped.length > 0) return mapped;
  return [{ ...DEFAULT_DISK, gb: knownNumber(group, "diskSize", DEFAULT_DISK.gb) }];
}

/** What a number of a group's nodes costs a month: instances, disks, and the public address of each. */
export function nodeCharges(group: StackResource, nodes: number): readonly Charge[] {
  const endpoint = isEndpointGroup(group);
  const component = endpoint ? "VPN servers" : "monitoring and operations";
  const instance = knownText(group, "instanceTypes.0");
  const market = textAt(group.props, "capacityType") === "SPOT" ? "spot" : "ondemand";
  return [
    {
      component,
      item: `${nodes} nodes ${instance}`,
      quantity: nodes * HOURS,
      price: [`ec2-linux-${market}`, instance],
    },
    ...disksOf(group).map(({ gb, type }): Charge => ({
      component,
      item: `root disks of ${gb} GB ${type}`,
      quantity: nodes * gb,
      price: ["ebs", `${type}-storage`],
    })),
    ...(endpoint
      ? [
          {
            component,
            item: "public IPv4 addresses of nodes",
            quantity: nodes * HOURS,
            price: ["vpc", "public-ipv4-in-use"],
          } as const,
        ]
      : []),
  ];
}

/** Nodes are priced at the number that is asked for; what an autoscaler may add is usage. */
export const nodes: Family = {
  types: [NODE_GROUP],
  charges: (group) => nodeCharges(group, knownNumber(group, "scalingConfig.desiredSize")),
};
