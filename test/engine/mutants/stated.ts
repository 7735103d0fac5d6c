import type { Mutant } from "./mutant.ts";
import { endpointNodes, of } from "./places.ts";

const region = of("securevpn:region:Region")("us-east-1");

/** A stack's file that says what would switch policies off, or make room for what is planned. */
export const STATED_CONFIG = {
  "securevpn:environment": "local",
  "securevpn:budgetVpnServers": 250_000,
  "securevpn:subscribers": 90_000,
};

/** Faults in what the program is made of, and in what it says of itself. */
export const STATED: readonly Mutant[] = [
  {
    policy: "a28-protected-and-tagged",
    of: of("pulumi:providers:aws")("aws"),
    says: /the tag environment must be prod, as the stack's name says: it is local/,
  },
  {
    policy: "o02-stated-figures",
    of: region,
    says: /budgets\.vpnServers must be at most the plan's \$25,000 a month: it is 250,000/,
    also: ["budgets-budget-vpn", "budgets-budget", "budgets-budget-total"].map((name) => ({
      policy: "o02-stated-figures",
      at: of("aws:budgets/budget:Budget")(name),
      says: /limitAmount must be at most the plan's \$41,000 a month/,
    })),
  },
  {
    policy: "o02-stated-figures",
    of: region,
    says: /subscribers must be at least the plan's 100,000: it is 90,000/,
  },
  {
    policy: "c01-budget",
    of: endpointNodes(0),
    change: { "scalingConfig > desiredSize": 1_500, "scalingConfig > maxSize": 1_500 },
    at: of("pulumi:pulumi:Stack")("securevpn-prod"),
    says: /VPN servers must cost at most \$125,000 a month/,
  },
  {
    policy: "o01-known-types",
    of: of("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway")("another-way-out"),
    added: "aws",
    change: { vpcId: (find) => find(of("aws:ec2/vpc:Vpc")("network"), "id") },
    says: /EgressOnlyInternetGateway must be a type that policies judge, and none knows it/,
  },
];
