import { UNPINNED_ADDONS } from "../../facts/unpinned-addons.ts";
import { isSet, textAt } from "../lib/planned.ts";
import { unless, type PlannedResource, type Rule } from "../lib/rule.ts";

const ADDON = "aws:eks/addon:Addon";
const NODES = "aws:eks/nodeGroup:NodeGroup";

/** Build of an add-on, e.g. `v1.14.6-eksbuild.4`. */
const ADDON_BUILD = /^v\d+\.\d+\.\d+-eksbuild\.\d+$/;

function addon({ props }: PlannedResource): string[] {
  const known = Object.hasOwn(UNPINNED_ADDONS, textAt(props, "addonName") ?? "");
  if (known && !isSet(props, "addonVersion")) return []; // a32-unpinned-addons names it
  return unless([
    ADDON_BUILD.test(textAt(props, "addonVersion") ?? ""),
    "addonVersion must name a build (v1.2.3-eksbuild.4): without one the add-on is never updated, and every region gets another; pin it in infra/versions.ts",
  ]);
}

function nodes({ props }: PlannedResource): string[] {
  const minor = textAt(props, "version") ?? "";
  const release = textAt(props, "releaseVersion") ?? "";
  return unless([
    minor !== "" && release.startsWith(`${minor}.`),
    `releaseVersion must name an AMI release of ${minor || "the group's minor"} (such as 1.36.4-20260930): without one nodes get no patches; pin it in infra/versions.ts`,
  ]);
}

export const pinnedVersions: Rule = {
  id: "A32",
  name: "a32-pinned-versions",
  level: "mandatory",
  description:
    "Add-ons and node images have a stated version, so that a patch is a reviewed change",
  source: "OWN",
  resource: {
    types: [ADDON, NODES],
    check: (resource) => (resource.type === ADDON ? addon(resource) : nodes(resource)),
  },
};
