import { flagAt, numberAt, textAt } from "../../lib/planned.ts";
import type { Family } from "../charge.ts";

const component = "CDN and network transfer";

export const zone: Family = {
  types: ["aws:route53/zone:Zone"],
  charges: () => [
    { component, item: "hosted zone", quantity: 1, price: ["route53", "hosted-zone"] },
  ],
};

/** What is checked is a balancer of AWS; the account's first fifty free checks are not counted. */
export const healthCheck: Family = {
  types: ["aws:route53/healthCheck:HealthCheck"],
  charges: ({ props }) => {
    const type = textAt(props, "type") ?? "";
    const options = [
      type.startsWith("HTTPS"),
      type.endsWith("STR_MATCH"),
      numberAt(props, "requestInterval") === 10,
      flagAt(props, "measureLatency") === true,
    ].filter(Boolean).length;
    return [
      {
        component,
        item: "health check",
        quantity: 1,
        price: ["route53", "health-check-aws-endpoint"],
      },
      ...(options > 0
        ? [
            {
              component,
              item: "options of a health check",
              quantity: options,
              price: ["route53", "health-check-option-aws"],
            } as const,
          ]
        : []),
    ];
  },
};
