import { isSet } from "../lib/planned.ts";
import { containerRule } from "../lib/pods.ts";
import { unless, type Rule } from "../lib/rule.ts";

export const resources: Rule = {
  id: "K06",
  name: "k06-resources",
  level: "mandatory",
  description: "Containers say what they need, and how much memory they may take",
  source: "C-0270/271",
  resource: containerRule(({ props }) =>
    unless(
      [isSet(props, "resources.requests.cpu"), "resources.requests.cpu must be stated"],
      [isSet(props, "resources.requests.memory"), "resources.requests.memory must be stated"],
      // No CPU limit: throttling costs latency and saves nothing.
      [isSet(props, "resources.limits.memory"), "resources.limits.memory must be stated"],
    ),
  ),
};
