import { isStated, numberAt } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

const MIN_DAYS = 7;

export const secretRecovery: Rule = {
  id: "A26",
  name: "a26-secret-recovery",
  level: "mandatory",
  description: "A deleted secret can be brought back for a stated time",
  source: "SecretsManager.1",
  resource: {
    types: ["aws:secretsmanager/secret:Secret"],
    check: ({ props }) =>
      unless([
        isStated(props, "recoveryWindowInDays") &&
          (numberAt(props, "recoveryWindowInDays") ?? 0) >= MIN_DAYS,
        `recoveryWindowInDays must be stated, at least ${MIN_DAYS}`,
      ]),
  },
};
