import { CostError } from "../cost/errors.ts";
import { estimate, isPriced, type Estimate } from "../cost/estimate.ts";
import { dollars, whole } from "../cost/money.ts";
import { expiryWarning } from "../cost/prices.ts";
import { COMPONENTS } from "../cost/plan.ts";
import type { Finding, PlannedStack, Rule } from "../lib/rule.ts";

/** Above this part of what use costs, those who pay nothing use too much. */
const MOST_FREE = 0.1;

function assumed({ plan, assumptions: { expected } }: Estimate): string {
  const gb = plan.tiers.map(({ tier, gb: key }) => `${tier} ${expected[key]}`).join(", ");
  return `assumed are GB a month of ${gb}, and ${Math.round((expected.tunnelOverhead - 1) * 1000) / 10} % on top for the tunnel`;
}

const TRANSFER = "CDN and network transfer";

/** What the same traffic would cost elsewhere, since no size of ours changes what AWS takes for it. */
function onHosts({ region, usage: { expected } }: Estimate): string {
  const [least, most] = [expected.hosts[0], expected.hosts.at(-1)];
  if (least === undefined || most === undefined)
    return `; the same traffic on rented hosts: not established for ${region}`;
  const amount =
    least === most
      ? dollars(least.monthly)
      : `${dollars(least.monthly)} to ${dollars(most.monthly)}`;
  return `; the same traffic on rented hosts: ${amount} by list price`;
}

function judge(cost: Estimate): Finding[] {
  const { expected } = cost.usage;
  const over = COMPONENTS.flatMap((name): Finding[] => {
    const fixed = cost.components.find((component) => component.name === name)?.monthly ?? 0;
    const lines = expected.lines.filter(({ component }) => component === name);
    const used = lines.reduce((sum, { monthly }) => sum + monthly, 0);
    const budget = cost.plan.budgets[name];
    // Fixed cost over the budget is C01's to say.
    if (fixed > budget || fixed + used <= budget) return [];
    const [largest] = lines.toSorted((a, b) => b.monthly - a.monthly);
    const most =
      largest === undefined
        ? ""
        : `, most of it ${whole(largest.quantity)} ${largest.unit} of ${largest.item}`;
    return [
      {
        message: `${name} at the expected use must cost at most ${dollars(budget)} a month in this region: it is ${dollars(fixed + used)} (${dollars(used)} by use${most})${name === TRANSFER ? onHosts(cost) : ""}; ${assumed(cost)}`,
      },
    ];
  });
  const free = cost.perTier.find(({ tier }) => tier === "FREE");
  if (free === undefined || free.shareOfUsage <= MOST_FREE) return over;
  return [
    ...over,
    {
      message: `FREE must cause at most ${MOST_FREE * 100} % of what use costs: it is ${Math.round(free.shareOfUsage * 100)} %; ${assumed(cost)}`,
    },
  ];
}

function findings(stack: PlannedStack): readonly Finding[] {
  if (!isPriced(stack)) return [];
  try {
    const cost = estimate(stack);
    const warning = expiryWarning(cost.validUntil, stack.today);
    return [...judge(cost), ...(warning === undefined ? [] : [{ message: warning }])];
  } catch (error) {
    if (error instanceof CostError) return []; // C01 says what cannot be priced
    throw error;
  }
}

export const usageBudget: Rule = {
  id: "C02",
  name: "c02-usage-budget",
  level: "advisory",
  description: "Transfer and other use, as expected, stay within the budget of each component",
  source: "OWN",
  stack: findings,
};
