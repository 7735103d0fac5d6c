import { LOAD_BALANCERS } from "../lib/network.ts";
import { isOff, isSet, numberAt } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

const DISTRIBUTION = "aws:cloudfront/distribution:Distribution";
const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
/** Longest time that logs are kept, as a year of audit needs it; AWS keeps them for ever by default. */
const MOST_DAYS = 400;
/** Resources that do nothing but log who asked for what. */
const LOGS = [
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
  "aws:cloudfront/realtimeLogConfig:RealtimeLogConfig",
  "aws:route53/queryLog:QueryLog",
  "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig",
];

export const clientLogs: Rule = {
  id: "A37",
  name: "a37-client-logs",
  level: "mandatory",
  description: "Nothing on the clients' way writes down who came, and what is logged ends",
  source: "OWN, privacy",
  resource: {
    types: [...LOGS, ...LOAD_BALANCERS, DISTRIBUTION, LOG_GROUP],
    check: ({ type, props }) => {
      if (LOGS.includes(type)) return ["clients' addresses and names must not be logged"];
      if (type === LOG_GROUP) {
        const days = numberAt(props, "retentionInDays") ?? 0;
        return unless([
          days >= 1 && days <= MOST_DAYS,
          `retentionInDays must be 1 to ${MOST_DAYS}: logs that never end are paid for and found for ever`,
        ]);
      }
      if (type === DISTRIBUTION)
        return unless([
          !isSet(props, "loggingConfig"),
          "loggingConfig must be absent: it writes down clients' addresses",
        ]);
      return ["accessLogs", "connectionLogs"]
        .filter((name) => isSet(props, name) && !isOff(props, `${name}.enabled`))
        .map((name) => `${name}.enabled must be off: it writes down clients' addresses`);
    },
  },
};
