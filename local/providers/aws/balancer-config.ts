import type { BalancerAction, BalancerConfig, BalancerRule } from "../../parts/balancer.ts";
import type { Value } from "../provider.ts";
import { listOf, numberOf, objectOf, textOf, textsOf, type AwsRecord } from "./records.ts";

/** No Service has this NodePort: a target group without targets answers 503. */
const NO_TARGETS = 0;
const DEFAULT_IDLE_SECONDS = 60;
const DEFAULT_DEREGISTRATION_SECONDS = 300;

/** What the balancer does, from the records of load balancer, listener, rules and target groups; undefined: no listener yet. */
export function balancerConfig(records: readonly AwsRecord[]): BalancerConfig | undefined {
  const of = (type: string): AwsRecord[] => records.filter((record) => record.type === type);
  const listeners = of("aws:lb/listener:Listener").filter(
    ({ inputs }) => inputs["protocol"] === "HTTPS",
  );
  const [listener] = listeners;
  const balancer = of("aws:lb/loadBalancer:LoadBalancer").find(
    ({ id }) => id === listener?.inputs["loadBalancerArn"],
  );
  if (listener === undefined || balancer === undefined) return undefined;
  if (listeners.length > 1)
    throw new Error("the embedded cloud has one HTTPS listener; a second one was asked for");
  const dnsName = textOf(balancer.computed["dnsName"]) ?? "";
  const names = of("aws:route53/record:Record")
    .filter(({ inputs }) =>
      listOf(inputs["aliases"]).some((alias) => objectOf(alias)["name"] === dnsName),
    )
    .map(({ inputs }) => String(inputs["name"]).replace(/\.$/, ""));
  return {
    name: String(balancer.inputs["name"]),
    idleTimeoutMs: 1000 * (numberOf(balancer.inputs["idleTimeout"]) ?? DEFAULT_IDLE_SECONDS),
    desyncMitigation: desyncMitigationOf(balancer),
    dropInvalidHeaders: balancer.inputs["dropInvalidHeaderFields"] === true,
    names: [...new Set([...names, dnsName])],
    rules: of("aws:lb/listenerRule:ListenerRule")
      .filter(({ inputs }) => inputs["listenerArn"] === listener.id)
      .map((rule) => ruleOf(rule, records)),
    defaultAction: actionOf(listOf(listener.inputs["defaultActions"]), records),
  };
}

/** An ALB that is not told is defensive. */
function desyncMitigationOf({ inputs }: AwsRecord): BalancerConfig["desyncMitigation"] {
  const mode = textOf(inputs["desyncMitigationMode"]) ?? "defensive";
  if (mode === "monitor" || mode === "defensive" || mode === "strictest") return mode;
  throw new Error(`desyncMitigationMode ${mode}: an ALB knows monitor, defensive and strictest`);
}

function ruleOf(rule: AwsRecord, records: readonly AwsRecord[]): BalancerRule {
  const conditions = listOf(rule.inputs["conditions"]).map(objectOf);
  const other = conditions
    .flatMap((condition) => Object.keys(condition))
    .find((key) => key !== "pathPattern");
  if (other !== undefined)
    throw new Error(
      `listener rule: the embedded balancer knows conditions on pathPattern, not on ${other}`,
    );
  return {
    priority: numberOf(rule.inputs["priority"]) ?? Number.MAX_SAFE_INTEGER,
    paths: conditions.flatMap((condition) => textsOf(objectOf(condition["pathPattern"])["values"])),
    action: actionOf(listOf(rule.inputs["actions"]), records),
  };
}

function actionOf(actions: readonly Value[], records: readonly AwsRecord[]): BalancerAction {
  const action = objectOf(actions[0]);
  if (action["type"] === "fixed-response") {
    const fixed = objectOf(action["fixedResponse"]);
    return {
      kind: "fixed",
      status: numberOf(fixed["statusCode"]) ?? 503,
      contentType: textOf(fixed["contentType"]) ?? "text/plain",
      body: textOf(fixed["messageBody"]) ?? "",
    };
  }
  if (action["type"] !== "forward")
    throw new Error(
      `listener action ${String(action["type"])}: the embedded balancer knows forward and fixed-response`,
    );
  const arn = textOf(action["targetGroupArn"]);
  const group = records.find(
    ({ type, id }) => type === "aws:lb/targetGroup:TargetGroup" && id === arn,
  );
  const attached = records.some(
    ({ type, inputs }) =>
      type === "aws:autoscaling/attachment:Attachment" && inputs["lbTargetGroupArn"] === arn,
  );
  return {
    kind: "forward",
    nodePort: attached ? (numberOf(group?.inputs["port"]) ?? NO_TARGETS) : NO_TARGETS,
    deregistrationDelayMs:
      1000 * (numberOf(group?.inputs["deregistrationDelay"]) ?? DEFAULT_DEREGISTRATION_SECONDS),
  };
}
