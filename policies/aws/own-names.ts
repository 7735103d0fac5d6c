import { LOAD_BALANCERS, ofType, related } from "../lib/network.ts";
import { listAt, textAt } from "../lib/planned.ts";
import { found, unless, type Rule, type StackResource } from "../lib/rule.ts";

const RECORD = "aws:route53/record:Record";
const CERTIFICATE = "aws:acm/certificate:Certificate";
const TARGETS = [...LOAD_BALANCERS, "aws:cloudfront/distribution:Distribution", RECORD];
/** Records that lead nobody anywhere. */
const SILENT = ["TXT", "CAA"];

/** The proof that a name is ours, which a certificate asks for. */
const isProof = (record: StackResource): boolean =>
  related(record, "records", CERTIFICATE).length > 0;

const leadsToOurs = ({ props, relations }: StackResource): boolean =>
  listAt(props, "records").length === 0 &&
  relations("aliases").some(({ type }) => TARGETS.includes(type));

export const ownNames: Rule = {
  id: "A40",
  name: "a40-own-names",
  level: "mandatory",
  description: "Our names lead to this stack's balancer and distribution alone",
  source: "OWN, Route53 dangling and foreign targets",
  stack: (stack) =>
    ofType(stack, RECORD)
      .filter(({ props }) => !SILENT.includes(textAt(props, "type") ?? ""))
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
