import { flagAt, objectsAt, textAt } from "../lib/planned.ts";
import { containerRule } from "../lib/pods.ts";
import { unless, type Rule } from "../lib/rule.ts";

const CRON_JOB = "kubernetes:batch/v1:CronJob";

/** Settings by which a program runs other code, or speaks to whoever answers; no value of them is safe. */
const NEVER: Readonly<Record<string, string>> = {
  NODE_TLS_REJECT_UNAUTHORIZED: "TLS to databases and cache must be verified",
  NODE_OPTIONS: "it loads code and opens debuggers; name flags in the command",
  NODE_DEBUG: "it writes down what is sent, tokens among it",
  LD_PRELOAD: "it runs code that no image digest names",
  LD_LIBRARY_PATH: "it runs code that no image digest names",
  SSLKEYLOGFILE: "it writes down the keys of connections",
};
/** Settings that open a program to everybody, with the values that do not. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  GF_AUTH_ANONYMOUS_ENABLED: ["false"],
  GF_USERS_ALLOW_SIGN_UP: ["false"],
  GF_AUTH_PROXY_ENABLED: ["false"],
  GF_SECURITY_ALLOW_EMBEDDING: ["false"],
  PGSSLMODE: ["verify-full", "verify-ca"],
};

function judge(name: string, value: string | undefined): string[] {
  if (Object.hasOwn(NEVER, name)) return [`env ${name} must be absent: ${NEVER[name] ?? ""}`];
  const allowed = Object.hasOwn(ONLY, name) ? ONLY[name] : undefined;
  if (allowed === undefined) return [];
  return unless([
    value !== undefined && allowed.includes(value),
    `env ${name} must be ${allowed.join(" or ")}: it is ${value ?? "not known"}`,
  ]);
}

const ofContainers = containerRule(({ props }) =>
  objectsAt(props, "env").flatMap((entry) =>
    judge(textAt(entry, "name") ?? "", textAt(entry, "value")),
  ),
);

export const settings: Rule = {
  id: "K19",
  name: "k19-settings",
  level: "mandatory",
  description: "No setting takes verification or sign-in away, and what must run regularly runs",
  source: "OWN",
  resource: {
    ...ofContainers,
    check: (resource) => [
      ...ofContainers.check(resource),
      ...unless([
        resource.type !== CRON_JOB || flagAt(resource.props, "spec.suspend") !== true,
        "spec.suspend must be off: what ended would be kept for ever",
      ]),
    ],
  },
};
