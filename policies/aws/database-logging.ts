import { parameterOf } from "../lib/parameters.ts";
import type { Rule } from "../lib/rule.ts";

/** Parameters whose default would log statements or their values: they must be stated. */
const STATED: Readonly<Record<string, string>> = {
  log_min_error_statement: "panic",
  log_parameter_max_length: "0",
};
/** Parameters whose default logs nothing: they may be left out. */
const QUIET: Readonly<Record<string, string>> = {
  log_statement: "none",
  log_min_duration_statement: "-1",
  log_min_duration_sample: "-1",
  log_transaction_sample_rate: "0",
  log_parameter_max_length_on_error: "0",
  "auto_explain.log_min_duration": "-1",
  "pgaudit.log": "none",
};

export const databaseLogging: Rule = {
  id: "A11",
  name: "a11-database-logging",
  level: "mandatory",
  description: "No statement and no parameter of one is logged: they are personal data",
  source: "OWN, privacy",
  resource: {
    types: ["aws:rds/parameterGroup:ParameterGroup"],
    check: ({ props }) => {
      const stated = Object.entries(STATED).filter(
        ([name, value]) => parameterOf(props, name) !== value,
      );
      const quiet = Object.entries(QUIET).filter(
        ([name, value]) => (parameterOf(props, name) ?? value) !== value,
      );
      return [...stated, ...quiet].map(
        ([name, value]) => `parameters must set ${name} to "${value}"`,
      );
    },
  },
};
