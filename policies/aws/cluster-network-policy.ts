import { ofType, related } from "../lib/network.ts";
import { at, textAt } from "../lib/planned.ts";
import { found, unless, type PlannedStack, type Rule, type StackResource } from "../lib/rule.ts";

const CLUSTER = "aws:eks/cluster:Cluster";
const ADDON = "aws:eks/addon:Addon";
const CNI = "vpc-cni";

function settingsOf(addon: StackResource): unknown {
  try {
    return JSON.parse(textAt(addon.props, "configurationValues") ?? "") as unknown;
  } catch {
    return undefined;
  }
}

/** The add-on's schema takes a text; EKS reads a boolean too. */
function enforces(addon: StackResource): boolean {
  const settings = settingsOf(addon);
  const value: unknown =
    typeof settings === "object" && settings !== null
      ? Reflect.get(settings, "enableNetworkPolicy")
      : undefined;
  return value === "true" || value === true;
}

const addonsOf = (stack: PlannedStack, cluster: StackResource): StackResource[] =>
  ofType(stack, ADDON).filter(
    (addon) =>
      textAt(addon.props, "addonName") === CNI &&
      related(addon, "clusterName", CLUSTER).includes(cluster),
  );

export const clusterNetworkPolicy: Rule = {
  id: "A38",
  name: "a38-cluster-network-policy",
  level: "mandatory",
  description: "What NetworkPolicies say is enforced: without the CNI's agent they are text",
  source: "OWN, CIS 5.3.2",
  stack: (stack) =>
    ofType(stack, CLUSTER).flatMap((cluster) => {
      const addons = addonsOf(stack, cluster);
      return [
        ...found(cluster, unless([addons.length > 0, `the cluster must have the add-on ${CNI}`])),
        ...addons.flatMap((addon) =>
          found(
            addon,
            unless(
              [
                enforces(addon),
                'configurationValues must be JSON that sets enableNetworkPolicy to "true"',
              ],
              [
                at(addon.props, "resolveConflictsOnCreate") === "OVERWRITE" &&
                  at(addon.props, "resolveConflictsOnUpdate") === "OVERWRITE",
                "resolveConflictsOnCreate and resolveConflictsOnUpdate must be OVERWRITE: a hand's change of the setting must not stay",
              ],
            ),
          ),
        ),
      ];
    }),
};
