import { flagAt, isOff, textAt } from "../lib/planned.ts";
import { found, unless, type Rule } from "../lib/rule.ts";
import { endedSupport, STANDARD_SUPPORT_ENDS } from "../../facts/kubernetes-support.ts";

export const clusterVersionAccess: Rule = {
  id: "A04",
  name: "a04-cluster-version-access",
  level: "mandatory",
  description:
    "The cluster runs a supported version, gives access by API entries alone, and cannot be deleted by mistake",
  source: "EKS.2, CIS 4.1.7",
  resource: {
    types: ["aws:eks/cluster:Cluster"],
    check: ({ props }) =>
      unless(
        [
          Object.hasOwn(STANDARD_SUPPORT_ENDS, textAt(props, "version") ?? ""),
          `version must be one of ${Object.keys(STANDARD_SUPPORT_ENDS).join(", ")}`,
        ],
        [
          textAt(props, "accessConfig.authenticationMode") === "API",
          'accessConfig.authenticationMode must be "API": a ConfigMap is no access list',
        ],
        [
          flagAt(props, "accessConfig.bootstrapClusterCreatorAdminPermissions") === false,
          "accessConfig.bootstrapClusterCreatorAdminPermissions must be false: who creates is not admin",
        ],
        [flagAt(props, "deletionProtection") === true, "deletionProtection must be true"],
        [
          textAt(props, "upgradePolicy.supportType") === "STANDARD",
          'upgradePolicy.supportType must be "STANDARD": extended support costs six times as much',
        ],
        [
          isOff(props, "computeConfig.enabled"),
          "computeConfig.enabled must be off: Auto Mode makes nodes that no policy sees",
        ],
        [
          ["", "standard"].includes(textAt(props, "controlPlaneScalingConfig.tier") ?? ""),
          "controlPlaneScalingConfig.tier must be standard: a provisioned tier costs more an hour than the price that is counted",
        ],
      ),
  },
  stack: ({ resources, today }) =>
    resources
      .filter(({ type }) => type === "aws:eks/cluster:Cluster")
      .flatMap((cluster) => {
        const version = textAt(cluster.props, "version") ?? "";
        const end = endedSupport(version, today);
        return found(
          cluster,
          unless([
            end === undefined,
            `version ${version} must be upgraded: standard support ended on ${end}, and extended support costs six times as much`,
          ]),
        );
      }),
};
