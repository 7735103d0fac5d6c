import { listAt } from "../../lib/planned.ts";
import type { Family } from "../charge.ts";

const component = "CDN and network transfer";

export const webAcl: Family = {
  types: ["aws:wafv2/webAcl:WebAcl"],
  charges: ({ props }) => [
    { component, item: "web ACL", quantity: 1, price: ["wafv2", "web-acl"] },
    {
      component,
      item: "rules of a web ACL",
      quantity: listAt(props, "rules").length,
      price: ["wafv2", "rule"],
    },
  ],
};
