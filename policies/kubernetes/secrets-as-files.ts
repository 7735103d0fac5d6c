import {
  at,
  isObject,
  isSet,
  listAt,
  objectsAt,
  textAt,
  UNKNOWN,
  type PlannedObject,
} from "../lib/planned.ts";
import { containerRule, WORKLOADS } from "../lib/pods.ts";
import { found, unless, type Rule, type StackResource } from "../lib/rule.ts";

const SECRET_NAME =
  /PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|_KEY$|^KEY$/i;
/** A variable that says where a secret lies, and not what it is. */
const PLACE_NAME = /_(FILE|DIR|PATH)$/;
/** Values that are secrets whatever they are called. */
const SECRET_VALUE =
  /-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\beyJ[\w-]{10,}\.[\w-]{10,}\.|:\/\/[^/\s:@]+:[^/\s@]+@/;

function isLiteralSecret(item: PlannedObject): boolean {
  const name = textAt(item, "name") ?? "";
  if (!isSet(item, "value")) return false;
  const value = textAt(item, "value") ?? "";
  const place = PLACE_NAME.test(name) && value.startsWith("/");
  return SECRET_VALUE.test(value) || (SECRET_NAME.test(name) && !place);
}

/** Where a generated secret comes from; a Kubernetes Secret between it and a pod is the right way. */
const ORIGINS = [
  "random:index/randomPassword:RandomPassword",
  "random:index/randomBytes:RandomBytes",
  "aws:secretsmanager/secretVersion:SecretVersion",
];
const originsOf = (workload: StackResource): string[] =>
  workload
    .relations("spec")
    .filter(({ type }) => ORIGINS.includes(type))
    .map(({ name }) => name);

export const secretsAsFiles: Rule = {
  id: "K13",
  name: "k13-secrets-as-files",
  level: "mandatory",
  description: "Secrets reach a process as files, never by its environment",
  source: "C-0012, CIS 4.4.1",
  resource: containerRule(({ props }) => {
    const env = objectsAt(props, "env");
    const literal = env.filter(isLiteralSecret).map((item) => textAt(item, "name") ?? "?");
    const referenced = env
      .filter((item) => isSet(item, "valueFrom.secretKeyRef"))
      .map((item) => textAt(item, "name") ?? "?");
    return unless(
      [
        at(props, "env") !== UNKNOWN && listAt(props, "env").every(isObject),
        "env must be known in preview",
      ],
      // The names alone: a value in a message would be a leak of its own.
      [literal.length === 0, `env must hold no secret: ${literal.join(", ")}`],
      [
        referenced.length === 0,
        `env must not read a Secret: ${referenced.join(", ")}; mount it as a file`,
      ],
      [
        objectsAt(props, "envFrom").every((item) => !isSet(item, "secretRef")),
        "envFrom must not read a Secret; mount it as files",
      ],
    );
  }),
  // A value that preview does not know is known by where it comes from.
  stack: ({ resources }) =>
    resources
      .filter(({ type }) => WORKLOADS.includes(type))
      .flatMap((workload) => {
        const origins = originsOf(workload);
        return found(
          workload,
          unless([
            origins.length === 0,
            `spec must not carry the value of ${origins.join(", ")}; mount it as a file`,
          ]),
        );
      }),
};
