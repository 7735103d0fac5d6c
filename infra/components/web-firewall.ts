import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { physicalName } from "../lib/names.ts";

export interface WebFirewallArgs {
  readonly region: string;
  readonly balancerArn: pulumi.Input<string>;
}

/**
 * Requests of one address in five minutes to a path that costs a password hash or makes an account.
 * A carrier puts thousands of subscribers behind an address: they log in once a device and month, and refresh
 * on a path of its own, which no rule counts. auth limits by account and address besides, and sooner.
 */
const RATES = [
  { part: "login", path: "/v1/sessions", limit: 200 },
  { part: "sign-up", path: "/v1/accounts", limit: 100 },
] as const;
const WINDOW_SECONDS = 300;

/**
 * Rules of the common set that would refuse what our API allows: clients that name no user agent, passphrases
 * in bodies that look like markup or paths, bodies over 8 KB. They count; the services check bodies
 * by schema and size.
 */
const COUNTED = [
  "NoUserAgent_HEADER",
  "SizeRestrictions_BODY",
  "CrossSiteScripting_BODY",
  "GenericLFI_BODY",
  "GenericRFI_BODY",
  "EC2MetaDataSSRF_BODY",
];

type Rule = aws.types.input.wafv2.WebAclRule;

/** Counts alone: a sample would keep clients' addresses for three hours where people can read them. */
const counted = (metricName: string) => ({
  cloudwatchMetricsEnabled: true,
  metricName,
  sampledRequestsEnabled: false,
});

/**
 * Web firewall in front of the entry: a rate per address for login and sign-up, and AWS's common set for
 * everything. 8 USD a month and 0.60 a million requests. No log and no sample: both hold addresses.
 */
export class WebFirewall extends pulumi.ComponentResource {
  constructor(name: string, args: WebFirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:network:WebFirewall", name, {}, opts);
    const acl = new aws.wafv2.WebAcl(
      name,
      {
        name: physicalName(args.region, name),
        description: "Rates of login and sign-up, and the managed common rules",
        scope: "REGIONAL",
        defaultAction: { allow: {} },
        rules: [...RATES.map(rateRule), commonRules(RATES.length)],
        visibilityConfig: counted(name),
      },
      { parent: this },
    );
    new aws.wafv2.WebAclAssociation(
      name,
      { resourceArn: args.balancerArn, webAclArn: acl.arn },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function rateRule({ part, path, limit }: (typeof RATES)[number], priority: number): Rule {
  const exactly = (searchString: string, fieldToMatch: object) => ({
    byteMatchStatement: {
      searchString,
      fieldToMatch,
      positionalConstraint: "EXACTLY",
      textTransformations: [{ priority: 0, type: "NONE" }],
    },
  });
  return {
    name: part,
    priority,
    action: { block: { customResponse: { responseCode: 429 } } },
    statement: {
      rateBasedStatement: {
        limit,
        evaluationWindowSec: WINDOW_SECONDS,
        aggregateKeyType: "IP",
        scopeDownStatement: {
          andStatement: {
            statements: [exactly(path, { uriPath: {} }), exactly("POST", { method: {} })],
          },
        },
      },
    },
    visibilityConfig: counted(part),
  };
}

function commonRules(priority: number): Rule {
  return {
    name: "common",
    priority,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: "AWS",
        name: "AWSManagedRulesCommonRuleSet",
        ruleActionOverrides: COUNTED.map((rule) => ({
          name: rule,
          actionToUse: { count: {} },
        })),
      },
    },
    visibilityConfig: counted("common"),
  };
}
