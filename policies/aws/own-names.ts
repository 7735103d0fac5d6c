import { listAt, textAt } from "../lib/planned.ts";
import { found, unless, type Rule, type StackResource } from "../lib/rule.ts";

const RECORD = "aws:route53/record:Record";
const CERTIFICATE = "aws:acm/certificate:Certificate";
const TARGETS = [
  "aws:lb/loadBalancer:LoadBalancer",
  "aws:cloudfront/distribution:Distribution",
  "aws:route53/record:Record",
];
/** Records that lead nobody anywhere. */
const SILENT = ["TXT", "CAA"];

/** The proof that a name is ours, which a certificate asks for. */
const isProof = ({ relations }: StackResource): boolean =>
  relations("records").some(({ type }) => type === CERTIFICATE);

const leadsToOurs = ({ props, relations }: StackResource): boolean =>
  listAt(props, "records").length === 0 &&
  relations("aliases").some(({ type }) => TARGETS.includes(type));

export const ownNames: Rule = {
  id: "A40",
  name: "a40-own-names",
  level: "mandatory",
  description: "Our names lead to this stack's balancer and distribution alone",
  source: "OWN, Route53 dangling and foreign targets",
  stack: ({ resources }) =>
    resources
      .filter(({ type, props }) => type === RECORD && !SILENT.includes(textAt(props, "type") ?? ""))
      .flatMap((record) =>
        found(
          record,
          unless([
            isProof(record) || leadsToOurs(record),
            "a record must be an alias of this stack's load balancer or distribution, or the proof of a certificate of it: an address written by hand may be anybody's",
          ]),
        ),
      ),
};
