import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config.ts";
import { budgetsOf } from "../lib/budget-plan.ts";
import { longName } from "../lib/names.ts";

export interface BudgetsArgs {
  readonly config: StackConfig;
  readonly topicArn: pulumi.Input<string>;
}

/** Percent of the amount at which somebody is told, as forecast and as fact. */
const THRESHOLDS = [80, 100];
const KINDS = ["FORECASTED", "ACTUAL"];

/**
 * AWS Budgets with the plan's figures: the region's share in every stack, the platform's total and its
 * four components at home. Free, as they only tell. They count by the tags `project`, `region` and
 * `cost-component`, which the payer account must activate as cost allocation tags once.
 */
export class Budgets extends pulumi.ComponentResource {
  constructor(name: string, args: BudgetsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:operations:Budgets", name, {}, opts);
    for (const { part, amount, filter } of budgetsOf(args.config))
      new aws.budgets.Budget(
        `${name}-${part}`,
        {
          name: longName(args.config.region.name, part),
          budgetType: "COST",
          timeUnit: "MONTHLY",
          limitAmount: String(amount),
          limitUnit: "USD",
          filterExpression: filter,
          // AWS takes no filter expression without it; what the bill says, not spread discounts.
          metrics: "UnblendedCost",
          notifications: THRESHOLDS.flatMap((threshold) =>
            KINDS.map((notificationType) => ({
              comparisonOperator: "GREATER_THAN",
              notificationType,
              threshold,
              thresholdType: "PERCENTAGE",
              subscriberSnsTopicArns: [args.topicArn],
            })),
          ),
        },
        { parent: this },
      );
    this.registerOutputs({});
  }
}
