import { textAt } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

/** Protocols whose endpoint a person gave in the stack's file. */
const PROTOCOLS = ["email", "https"];

export const alarmRecipients: Rule = {
  id: "A41",
  name: "a41-alarm-recipients",
  level: "mandatory",
  description: "Alarms go to people, and to no queue, function or phone of anybody's account",
  source: "OWN",
  resource: {
    types: ["aws:sns/topicSubscription:TopicSubscription"],
    check: ({ props }) => {
      const protocol = textAt(props, "protocol") ?? "";
      const endpoint = textAt(props, "endpoint");
      return unless(
        [
          PROTOCOLS.includes(protocol),
          `protocol must be email or https (alertEmail): it is ${protocol || "not known"}`,
        ],
        [
          protocol !== "https" || endpoint?.startsWith("https://") === true,
          "endpoint must be an https URL that is known in preview",
        ],
      );
    },
  },
};
