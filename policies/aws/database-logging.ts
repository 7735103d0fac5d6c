import { parameterOf } from "../lib/parameters.ts";
import { isOff, isSet, objectsAt, textAt, type PlannedObject } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

const INSTANCE = "aws:rds/instance:Instance";
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
/** Switches that print a statement's tree, its names and constants with it. */
const OFF = [
  "debug_print_parse",
  "debug_print_plan",
  "debug_print_rewritten",
  "debug_print_raw_parse",
];
/** Below these, messages of the server hold pieces of statements. */
const LEVELS = ["warning", "error", "log", "fatal", "panic", "notice", "info"];

/** Any other setting of an audit extension turns it on for somebody (`pgaudit.role`), or says more. */
const auditing = (props: PlannedObject): string[] =>
  objectsAt(props, "parameters")
    .map((one) => textAt(one, "name")?.toLowerCase() ?? "")
    .filter((name) => name.startsWith("pgaudit.") && name !== "pgaudit.log");

function parameters(props: PlannedObject): string[] {
  const stated = Object.entries(STATED).filter(
    ([name, value]) => parameterOf(props, name) !== value,
  );
  const quiet = Object.entries(QUIET).filter(
    ([name, value]) => (parameterOf(props, name) ?? value) !== value,
  );
  return [
    ...[...stated, ...quiet].map(([name, value]) => `parameters must set ${name} to "${value}"`),
    ...OFF.filter((name) => !["0", "off", "false"].includes(parameterOf(props, name) ?? "off")).map(
      (name) => `parameters must set ${name} to "0"`,
    ),
    ...auditing(props).map((name) => `parameters must leave ${name} out: it audits statements`),
    ...unless([
      LEVELS.includes(parameterOf(props, "log_min_messages") ?? "warning"),
      "parameters must set log_min_messages to no debug level",
    ]),
  ];
}

/** What keeps statements outside the logs. */
const instance = (props: PlannedObject): string[] =>
  unless(
    [
      isOff(props, "performanceInsightsEnabled"),
      "performanceInsightsEnabled must be off: it keeps statements",
    ],
    [
      !isSet(props, "databaseInsightsMode") || textAt(props, "databaseInsightsMode") === "standard",
      'databaseInsightsMode must be "standard": advanced keeps statements, and costs by the vCPU',
    ],
  );

export const databaseLogging: Rule = {
  id: "A11",
  name: "a11-database-logging",
  level: "mandatory",
  description: "No statement and no parameter of one is logged: they are personal data",
  source: "OWN, privacy",
  resource: {
    types: [
      "aws:rds/parameterGroup:ParameterGroup",
      "aws:rds/clusterParameterGroup:ClusterParameterGroup",
      INSTANCE,
    ],
    check: ({ type, props }) => (type === INSTANCE ? instance(props) : parameters(props)),
  },
};
