import { isStated, textAt } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

export const targetGroup: Rule = {
  id: "A19",
  name: "a19-target-group",
  level: "mandatory",
  description: "Targets are checked by a path, and how long a leaving one drains is stated",
  source: "OWN",
  resource: {
    types: ["aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup"],
    check: ({ props }) =>
      unless(
        [
          (textAt(props, "healthCheck.path") ?? "").startsWith("/"),
          "healthCheck.path must be the path that says whether a target works",
        ],
        [
          ["HTTP", "HTTPS"].includes(textAt(props, "healthCheck.protocol") ?? "HTTP"),
          "healthCheck.protocol must be HTTP or HTTPS",
        ],
        [
          isStated(props, "deregistrationDelay"),
          "deregistrationDelay must be stated: pods' grace periods are cut to it",
        ],
      ),
  },
};
