import { UNPINNED_ADDONS } from "../../facts/unpinned-addons.ts";
import { isSet, textAt } from "../lib/planned.ts";
import type { Rule } from "../lib/rule.ts";

export const unpinnedAddons: Rule = {
  id: "A32",
  name: "a32-unpinned-addons",
  level: "advisory",
  description: "Add-ons that are known to have no pinned build yet are named until they have one",
  source: "OWN",
  resource: {
    types: ["aws:eks/addon:Addon"],
    check: ({ props }) => {
      const reason = UNPINNED_ADDONS[textAt(props, "addonName") ?? ""];
      return reason === undefined || isSet(props, "addonVersion")
        ? []
        : [`addonVersion must be pinned at the first deployment (docs/patch.md): ${reason}`];
    },
  },
};
