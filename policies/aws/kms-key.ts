import { at, flagAt, isSet, numberAt } from "../lib/planned.ts";
import { isOpen, MUST_BE_KNOWN, statementsOf } from "../lib/policy-document.ts";
import { unless, type Rule } from "../lib/rule.ts";

const WINDOW_DAYS = 30;

export const kmsKey: Rule = {
  id: "A23",
  name: "a23-kms-key",
  level: "mandatory",
  description: "Keys rotate, take 30 days to die, and are not open to everybody",
  source: "KMS.4, KMS.5",
  resource: {
    types: ["aws:kms/key:Key"],
    check: ({ props }) => {
      const statements = isSet(props, "policy") ? statementsOf(at(props, "policy")) : [];
      const open = (statements ?? []).filter(isOpen);
      return unless(
        [flagAt(props, "enableKeyRotation") === true, "enableKeyRotation must be true"],
        [
          numberAt(props, "deletionWindowInDays") === WINDOW_DAYS,
          `deletionWindowInDays must be ${WINDOW_DAYS}: time to notice that a key was deleted`,
        ],
        [statements !== undefined, `policy ${MUST_BE_KNOWN}`],
        [
          open.length === 0,
          'policy must not allow the principal "*" without a condition that says who',
        ],
      );
    },
  },
};
