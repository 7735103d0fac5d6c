import { ofType, related } from "../lib/network.ts";
import { isSet, numberAt, objectsAt, textAt, type PlannedObject } from "../lib/planned.ts";
import {
  found,
  unless,
  type Finding,
  type PlannedResource,
  type PlannedStack,
  type Rule,
} from "../lib/rule.ts";

const LISTENERS = ["aws:lb/listener:Listener", "aws:alb/listener:Listener"];
const RULES = ["aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule"];
const DISTRIBUTION = "aws:cloudfront/distribution:Distribution";

/** TLS 1.2 or newer: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html */
const MODERN = /^ELBSecurityPolicy-(TLS13-1-[23]-|TLS-1-2-|FS-1-2-)/;
/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html */
const MODERN_VIEWER = /^TLSv1\.(2_2021|2_2025|3_2025)$/;

/** A redirect that stays at our own name, and goes to HTTPS. */
const isToHttps = (action: PlannedObject): boolean =>
  textAt(action, "type") === "redirect" &&
  textAt(action, "redirect.protocol") === "HTTPS" &&
  ["#{host}", undefined].includes(textAt(action, "redirect.host"));

const isRedirect = (props: PlannedObject): boolean => {
  const actions = objectsAt(props, "defaultActions");
  return numberAt(props, "port") === 80 && actions.length > 0 && actions.every(isToHttps);
};

const listener = (props: PlannedObject): string[] =>
  isRedirect(props)
    ? []
    : unless(
        [textAt(props, "protocol") === "HTTPS", 'protocol must be "HTTPS"'],
        [
          MODERN.test(textAt(props, "sslPolicy") ?? ""),
          "sslPolicy must name a policy of TLS 1.2 or newer, e.g. ELBSecurityPolicy-TLS13-1-2-2021-06",
        ],
        [isSet(props, "certificateArn"), "certificateArn must name the certificate"],
      );

/** A rule may forward or answer; a redirect of it leads to HTTPS at the same name. */
const rule = (props: PlannedObject): string[] =>
  unless([
    objectsAt(props, "actions").length > 0 &&
      objectsAt(props, "actions").every(
        (action) =>
          ["forward", "fixed-response"].includes(textAt(action, "type") ?? "") || isToHttps(action),
      ),
    "actions must forward, answer, or redirect to HTTPS at the same host",
  ]);

function distribution(props: PlannedObject): string[] {
  const behaviors = [
    textAt(props, "defaultCacheBehavior.viewerProtocolPolicy"),
    ...objectsAt(props, "orderedCacheBehaviors").map((one) => textAt(one, "viewerProtocolPolicy")),
  ];
  return unless(
    [
      behaviors.every((policy) => ["https-only", "redirect-to-https"].includes(policy ?? "")),
      "viewerProtocolPolicy of every behavior must be https-only or redirect-to-https",
    ],
    [
      objectsAt(props, "origins").every(
        (origin) =>
          !isSet(origin, "customOriginConfig") ||
          textAt(origin, "customOriginConfig.originProtocolPolicy") === "https-only",
      ),
      "originProtocolPolicy of every origin must be https-only",
    ],
    [
      MODERN_VIEWER.test(textAt(props, "viewerCertificate.minimumProtocolVersion") ?? ""),
      "viewerCertificate.minimumProtocolVersion must be TLSv1.2_2021 or newer",
    ],
  );
}

/** What a listener without TLS does by a rule of its own, it does in plain text. */
const plain = (stack: PlannedStack): Finding[] =>
  ofType(stack, ...RULES).flatMap((one) => {
    const listeners = LISTENERS.flatMap((type) => related(one, "listenerArn", type));
    return found(
      one,
      unless(
        [listeners.length > 0, "listenerArn must be a listener of this stack"],
        [
          listeners.every(({ props }) => textAt(props, "protocol") === "HTTPS") ||
            objectsAt(one.props, "actions").every(isToHttps),
          "a rule of a listener without HTTPS may only redirect to HTTPS",
        ],
      ),
    );
  });

function check({ type, props }: PlannedResource): string[] {
  if (LISTENERS.includes(type)) return listener(props);
  return type === DISTRIBUTION ? distribution(props) : rule(props);
}

export const listenerTls: Rule = {
  id: "A17",
  name: "a17-listener-tls",
  level: "mandatory",
  description:
    "Clients are answered by HTTPS with TLS 1.2 or newer; port 80 may only redirect to it",
  source: "ELB.1, ELB.17, CloudFront.3",
  resource: { types: [...LISTENERS, ...RULES, DISTRIBUTION], check },
  stack: plain,
};
