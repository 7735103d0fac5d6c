import { isStated, numberAt } from "../lib/planned.ts";
import { ofType } from "../lib/network.ts";
import { found, unless, type Rule } from "../lib/rule.ts";

const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";

const MIN_DAYS = 7;

export const secretRecovery: Rule = {
  id: "A26",
  name: "a26-secret-recovery",
  level: "mandatory",
  description: "A secret is generated, and once deleted can be brought back for a stated time",
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
  // A value of the program's own writing stands in its source for ever.
  stack: (stack) =>
    ofType(stack, VERSION).flatMap((version) =>
      found(
        version,
        unless([
          [...version.relations("secretString"), ...version.relations("secretBinary")].length > 0,
          "secretString must come from a resource that generates it",
        ]),
      ),
    ),
};
