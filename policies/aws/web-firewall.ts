import { at, flagAt, isSet, objectsAt, textAt, type PlannedObject } from "../lib/planned.ts";
import { found, unless, type Rule, type StackResource } from "../lib/rule.ts";

const ACL = "aws:wafv2/webAcl:WebAcl";
const ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation";
const BALANCER = "aws:lb/loadBalancer:LoadBalancer";
const COMMON = "AWSManagedRulesCommonRuleSet";

/** A rule that blocks an address which asks too often. */
const isRate = (rule: PlannedObject): boolean =>
  isSet(rule, "statement.rateBasedStatement.limit") && at(rule, "action.block") !== undefined;
const isCommon = (rule: PlannedObject): boolean =>
  textAt(rule, "statement.managedRuleGroupStatement.name") === COMMON &&
  at(rule, "overrideAction.none") !== undefined;
const isSampled = (owner: PlannedObject): boolean =>
  flagAt(owner, "visibilityConfig.sampledRequestsEnabled") !== false;

function judgeAcl({ props }: StackResource): string[] {
  const rules = objectsAt(props, "rules");
  return unless(
    [rules.some(isRate), "rules must block an address that asks too often (rateBasedStatement)"],
    [rules.some(isCommon), `rules must have ${COMMON}, with no override but rule by rule`],
    [
      ![props, ...rules].some(isSampled),
      "visibilityConfig.sampledRequestsEnabled must be false everywhere: a sample holds clients' addresses",
    ],
  );
}

/** An application balancer that the internet reaches. */
const isEntry = ({ type, props }: StackResource): boolean =>
  type === BALANCER &&
  (textAt(props, "loadBalancerType") ?? "application") === "application" &&
  flagAt(props, "internal") !== true;

export const webFirewall: Rule = {
  id: "A34",
  name: "a34-web-firewall",
  level: "mandatory",
  description: "The entry has a web firewall that bounds rates and keeps no client's address",
  source: "ELB.16, OWN (privacy)",
  stack: ({ resources }) => {
    const guarded = resources
      .filter(({ type }) => type === ASSOCIATION)
      .filter(({ relations }) => relations("webAclArn").some(({ type }) => type === ACL))
      .flatMap(({ relations }) => relations("resourceArn"));
    return resources.flatMap((resource) =>
      found(
        resource,
        resource.type === ACL
          ? judgeAcl(resource)
          : unless([
              !isEntry(resource) || guarded.some(({ urn }) => urn === resource.urn),
              "a balancer that the internet reaches must have a web firewall (WebAclAssociation)",
            ]),
      ),
    );
  },
};
