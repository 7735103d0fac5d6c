import { isSet, numberAt, objectsAt, textAt, type PlannedObject } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

/** TLS 1.2 or newer: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html */
const MODERN = /^ELBSecurityPolicy-(TLS13-1-[23]-|TLS-1-2-|FS-1-2-)/;

const isRedirect = (props: PlannedObject): boolean => {
  const actions = objectsAt(props, "defaultActions");
  return (
    numberAt(props, "port") === 80 &&
    actions.length > 0 &&
    actions.every(
      (action) =>
        textAt(action, "type") === "redirect" && textAt(action, "redirect.protocol") === "HTTPS",
    )
  );
};

export const listenerTls: Rule = {
  id: "A17",
  name: "a17-listener-tls",
  level: "mandatory",
  description: "Listeners speak HTTPS with TLS 1.2 or newer; port 80 may only redirect to it",
  source: "ELB.1, ELB.17",
  resource: {
    types: ["aws:lb/listener:Listener", "aws:alb/listener:Listener"],
    check: ({ props }) =>
      isRedirect(props)
        ? []
        : unless(
            [textAt(props, "protocol") === "HTTPS", 'protocol must be "HTTPS"'],
            [
              MODERN.test(textAt(props, "sslPolicy") ?? ""),
              "sslPolicy must name a policy of TLS 1.2 or newer, e.g. ELBSecurityPolicy-TLS13-1-2-2021-06",
            ],
            [isSet(props, "certificateArn"), "certificateArn must name the certificate"],
          ),
  },
};
