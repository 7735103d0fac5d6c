import { NAMESPACED } from "../lib/kinds.ts";
import {
  at,
  isObject,
  isSet,
  listAt,
  objectsAt,
  textAt,
  UNKNOWN,
  type Planned,
  type PlannedObject,
} from "../lib/planned.ts";
import { podRule, WORKLOADS, type Container } from "../lib/pods.ts";
import { found, unless, type PlannedResource, type Rule, type StackResource } from "../lib/rule.ts";
import { holdsSecret, isSecret } from "../lib/secret-text.ts";

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";

/** Names of what holds a secret, in an object of texts. A value in a message would be a leak of its own. */
const secretsIn = (texts: Planned | undefined): string[] =>
  isObject(texts)
    ? Object.entries(texts)
        .filter(([name, value]) => typeof value === "string" && isSecret(lastOf(name), value))
        .map(([name]) => name)
    : [];
/** `example.com/api-key` is called `api-key`. */
const lastOf = (name: string): string => name.split("/").at(-1) ?? name;

const pairsIn = (list: readonly PlannedObject[]): string[] =>
  list
    .filter((item) => isSecret(textAt(item, "name") ?? "", textAt(item, "value") ?? ""))
    .map((item) => textAt(item, "name") ?? "?");

/** Every text in a value, however deep. */
function textsOf(value: Planned | undefined): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) {
    const list: readonly Planned[] = value;
    return list.flatMap(textsOf);
  }
  return isObject(value) ? Object.values(value).flatMap(textsOf) : [];
}

/** Whether a word of a command is a secret: `--password=x`, or what follows `--password`. */
function isSecretWord(word: Planned, before: Planned | undefined): boolean {
  if (typeof word !== "string") return false;
  const [, flag, value = ""] = /^-{1,2}([\w.-]+)=(.*)$/s.exec(word) ?? [];
  if (flag !== undefined) return isSecret(flag, value);
  const [, named] = /^-{1,2}([\w.-]+)$/.exec(typeof before === "string" ? before : "") ?? [];
  return isSecret(named === undefined || word.startsWith("-") ? "" : named, word);
}

function secretWords({ props }: Container): string[] {
  const words = [...listAt(props, "command"), ...listAt(props, "args")];
  return words.flatMap((word, index) =>
    isSecretWord(word, words[index - 1]) ? [String(index + 1)] : [],
  );
}

/** Probes and hooks ask with headers and run commands too. */
function hiddenIn({ props }: Container): string[] {
  const asking = ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle"];
  return asking.filter((key) => {
    const hooks = [key, `${key}.preStop`, `${key}.postStart`];
    return (
      textsOf(at(props, key)).some(holdsSecret) ||
      hooks.some((hook) => pairsIn(objectsAt(props, `${hook}.httpGet.httpHeaders`)).length > 0)
    );
  });
}

function judgeContainer(container: Container): string[] {
  const { props } = container;
  const env = objectsAt(props, "env");
  const literal = pairsIn(env);
  const referenced = env
    .filter((item) => isSet(item, "valueFrom.secretKeyRef"))
    .map((item) => textAt(item, "name") ?? "?");
  const [words, hidden] = [secretWords(container), hiddenIn(container)];
  return unless(
    [
      at(props, "env") !== UNKNOWN && listAt(props, "env").every(isObject),
      "env must be known in preview",
    ],
    [literal.length === 0, `env must hold no secret: ${literal.join(", ")}`],
    [
      referenced.length === 0,
      `env must not read a Secret: ${referenced.join(", ")}; mount it as a file`,
    ],
    [
      objectsAt(props, "envFrom").every((item) => !isSet(item, "secretRef")),
      "envFrom must not read a Secret; mount it as files",
    ],
    [
      words.length === 0,
      `command and args must hold no secret: word ${words.join(", ")}; mount it as a file`,
    ],
    [hidden.length === 0, `${hidden.join(", ")} must hold no secret`],
  ).map((sentence) => `container ${container.name}: ${sentence}`);
}

const pods = podRule((pod) => {
  const annotations = secretsIn(pod.annotations);
  return [
    ...unless([
      annotations.length === 0,
      `the pod's annotations must hold no secret: ${annotations.join(", ")}`,
    ]),
    ...pod.containers.flatMap(judgeContainer),
  ];
});

/** Base64 of a text in `binaryData`; what is no text, as a compressed bundle, is passed over. */
function decoded(value: Planned | undefined): string {
  if (typeof value !== "string" || value.length > 64 * 1024) return "";
  const text = Buffer.from(value, "base64").toString("utf8");
  return text.includes("\uFFFD") ? "" : text;
}

function judgeFiles({ props }: PlannedResource): string[] {
  const binary = at(props, "binaryData");
  const files = isObject(binary)
    ? Object.fromEntries(Object.entries(binary).map(([name, value]) => [name, decoded(value)]))
    : undefined;
  const secret = [...secretsIn(at(props, "data")), ...secretsIn(files)];
  return unless([
    secret.length === 0,
    `data must hold no secret: ${secret.join(", ")}; write it to a Secret, and mount that`,
  ]);
}

/** Where a generated secret comes from; a Kubernetes Secret between it and a pod is the right way. */
const ORIGINS = [
  "random:index/randomPassword:RandomPassword",
  "random:index/randomBytes:RandomBytes",
  "aws:secretsmanager/secretVersion:SecretVersion",
];
const originsOf = (resource: StackResource, property: string): string[] =>
  resource
    .relations(property)
    .filter(({ type }) => ORIGINS.includes(type))
    .map(({ name }) => name);

/** Properties of an object that anybody may read who may read the object. */
const openProperties = (type: string): string[] => [
  ...(WORKLOADS.includes(type) ? ["spec", "template"] : []),
  ...(type === CONFIG_MAP ? ["data", "binaryData"] : []),
  ...(NAMESPACED.includes(type) ? ["metadata"] : []),
];

export const secretsAsFiles: Rule = {
  id: "K13",
  name: "k13-secrets-as-files",
  level: "mandatory",
  description:
    "Secrets reach a process as files of a Secret, never by its environment, command, annotations or a ConfigMap",
  source: "C-0012, CIS 4.4.1",
  resource: {
    types: NAMESPACED,
    check: (resource) => {
      const annotations = secretsIn(at(resource.props, "metadata.annotations"));
      return [
        ...unless([
          annotations.length === 0,
          `metadata.annotations must hold no secret: ${annotations.join(", ")}`,
        ]),
        ...(resource.type === CONFIG_MAP ? judgeFiles(resource) : []),
        ...(WORKLOADS.includes(resource.type) ? pods.check(resource) : []),
      ];
    },
  },
  // A value that preview does not know is known by where it comes from.
  stack: ({ resources }) =>
    resources.flatMap((resource) =>
      openProperties(resource.type).flatMap((property) => {
        const origins = originsOf(resource, property);
        return found(
          resource,
          unless([
            origins.length === 0,
            `${property} must not carry the value of ${origins.join(", ")}; mount it as a file`,
          ]),
        );
      }),
    ),
};
