import { describe } from "mocha";
import { webFirewall } from "../../../policies/aws/web-firewall.ts";
import { UNKNOWN } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";

const VISIBLE = { cloudwatchMetricsEnabled: true, metricName: "x", sampledRequestsEnabled: false };
const ACL: Fixture = {
  type: "aws:wafv2/webAcl:WebAcl",
  name: "acl",
  props: {
    scope: "REGIONAL",
    rules: [
      {
        name: "login",
        action: { block: {} },
        statement: { rateBasedStatement: { limit: 200, aggregateKeyType: "IP" } },
        visibilityConfig: VISIBLE,
      },
      {
        name: "common",
        overrideAction: { none: {} },
        statement: {
          managedRuleGroupStatement: { vendorName: "AWS", name: "AWSManagedRulesCommonRuleSet" },
        },
        visibilityConfig: VISIBLE,
      },
    ],
    visibilityConfig: VISIBLE,
  },
};
const BALANCER: Fixture = {
  type: "aws:lb/loadBalancer:LoadBalancer",
  name: "entry",
  props: { loadBalancerType: "application", internal: false },
};
const ASSOCIATION: Fixture = {
  type: "aws:wafv2/webAclAssociation:WebAclAssociation",
  name: "association",
  props: { resourceArn: UNKNOWN, webAclArn: UNKNOWN },
  from: { resourceArn: ["entry"], webAclArn: ["acl"] },
};

describe("policies of the web firewall", () => {
  describeCases([
    {
      rule: webFirewall,
      compliant: [ACL, BALANCER, ASSOCIATION],
      fine: [
        {
          title: "a balancer that the internet does not reach",
          also: [{ ...BALANCER, name: "inner", props: { internal: true } }],
        },
      ],
      violating: [
        {
          title: "an entry without one",
          without: ["association"],
          says: /must have a web firewall/,
        },
        {
          title: "a second entry without one",
          also: [{ ...BALANCER, name: "second" }],
          says: /must have a web firewall/,
        },
        {
          title: "one that only counts who asks too often",
          change: { "rules.0.action": { count: {} } },
          says: /must block an address that asks too often/,
        },
        {
          title: "one whose common rules only count",
          change: { "rules.1.overrideAction": { count: {} } },
          says: /must have AWSManagedRulesCommonRuleSet/,
        },
        {
          title: "samples of requests of one rule",
          change: { "rules.0.visibilityConfig.sampledRequestsEnabled": true },
          says: /sampledRequestsEnabled must be false everywhere/,
        },
        {
          title: "samples by default",
          change: { visibilityConfig: undefined },
          says: /sampledRequestsEnabled must be false everywhere/,
        },
      ],
    },
  ]);
});
