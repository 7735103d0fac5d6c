import { ownAccounts } from "../lib/accounts.ts";
import { at, flagAt, isOff, isSet, numberAt } from "../lib/planned.ts";
import { foreignIn, isOpen, MUST_BE_KNOWN, statementsOf } from "../lib/policy-document.ts";
import { unless, type Rule } from "../lib/rule.ts";

const WINDOW_DAYS = 30;

export const kmsKey: Rule = {
  id: "A23",
  name: "a23-kms-key",
  level: "mandatory",
  description: "Keys rotate, take 30 days to die, and are used by our own accounts alone",
  source: "KMS.4, KMS.5",
  resource: {
    types: ["aws:kms/key:Key"],
    check: (resource) => {
      const { props } = resource;
      const accounts = ownAccounts(resource);
      const statements = isSet(props, "policy") ? statementsOf(at(props, "policy")) : [];
      const open = (statements ?? []).filter((one) => isOpen(one, accounts));
      const foreign = (statements ?? []).flatMap((one) => foreignIn(one, accounts));
      return unless(
        [flagAt(props, "enableKeyRotation") === true, "enableKeyRotation must be true"],
        [
          numberAt(props, "deletionWindowInDays") === WINDOW_DAYS,
          `deletionWindowInDays must be ${WINDOW_DAYS}: time to notice that a key was deleted`,
        ],
        [
          !isSet(props, "isEnabled") || flagAt(props, "isEnabled") === true,
          "isEnabled must be true: what a disabled key encrypts is lost meanwhile",
        ],
        [
          isOff(props, "bypassPolicyLockoutSafetyCheck"),
          "bypassPolicyLockoutSafetyCheck must be off: nobody could manage the key",
        ],
        [statements !== undefined, `policy ${MUST_BE_KNOWN}`],
        [
          open.length === 0,
          'policy must not allow the principal "*" without a condition that says who, of which account',
        ],
        [
          foreign.length === 0,
          `policy must allow principals of the stack's own account alone: ${foreign.join(", ")}`,
        ],
      );
    },
  },
};
