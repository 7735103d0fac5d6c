import { PLAN } from "../../facts/plan.ts";
import { ENTRIES, HOME_REGION } from "../../facts/regions.ts";
import { CostError } from "../cost/errors.ts";
import { dollars } from "../cost/money.ts";
import { usageOf } from "../cost/usage.ts";
import { REGION } from "../lib/facts.ts";
import { ofType } from "../lib/network.ts";
import { at, isObject, numberAt, textAt, type PlannedObject } from "../lib/planned.ts";
import { found, isLocal, unless, type Finding, type PlannedStack, type Rule } from "../lib/rule.ts";

type Condition = readonly [boolean, string];

const shown = (value: number | undefined): string => value?.toLocaleString("en-US") ?? "not known";

/** What the region may spend is the plan's, whatever the judged program says that it is. */
const budgets = (facts: PlannedObject): Condition[] =>
  Object.entries(PLAN.budgets).map(([key, most]) => {
    const stated = numberAt(facts, `budgets.${key}`);
    return [
      stated !== undefined && stated <= most,
      `budgets.${key} must be at most the plan's ${dollars(most)} a month: it is ${shown(stated)}`,
    ];
  });

/** A smaller demand than the plan's makes every size and every reserve look enough. */
const demand = (facts: PlannedObject): Condition[] => [
  ...(["subscribers", "connections"] as const).map((key): Condition => {
    const stated = numberAt(facts, key);
    return [
      stated !== undefined && stated >= PLAN[key],
      `${key} must be at least the plan's ${shown(PLAN[key])}: it is ${shown(stated)}`,
    ];
  }),
  [
    (numberAt(facts, "peersPerServer") ?? Infinity) <= PLAN.peersPerServer,
    `peersPerServer must be at most ${shown(PLAN.peersPerServer)}: it is ${shown(numberAt(facts, "peersPerServer"))}`,
  ],
];

/** Parts of the regions by the catalogue: a larger part is a larger budget, a smaller one fewer nodes. */
function share(facts: PlannedObject): Condition[] {
  const region = textAt(facts, "region");
  const whole = ENTRIES.reduce((sum, { weight }) => sum + weight, 0);
  const entry = ENTRIES.find(({ name }) => name === region);
  const stated = numberAt(facts, "share");
  if (entry === undefined)
    return [[false, `region must be one of facts/regions.ts: it is ${region ?? "not known"}`]];
  const wanted = entry.weight / whole;
  return [
    [
      stated !== undefined && Math.abs(stated - wanted) < 1e-9,
      `share must be ${wanted}, ${entry.name}'s part by facts/regions.ts: it is ${shown(stated)}`,
    ],
  ];
}

/** What is expected of use may not be cheaper than what the pack itself calls low. */
function usage(facts: PlannedObject): Condition[] {
  const own = usageOf({});
  const stated = statedUsage(facts);
  if (stated === undefined) return []; // C01 says what is no assumption
  return Object.entries(own.low).map(([key, low]) => {
    const falling = low > (Object.entries(own.high).find(([name]) => name === key)?.[1] ?? low);
    const expected = Object.entries(stated.expected).find(([name]) => name === key)?.[1] ?? low;
    return [
      falling ? expected <= low : expected >= low,
      `usage.${key} must expect at ${falling ? "most" : "least"} ${low}, which the pack calls low: it is ${expected}`,
    ];
  });
}

function statedUsage(facts: PlannedObject) {
  try {
    return usageOf(facts);
  } catch (error) {
    if (error instanceof CostError) return undefined;
    throw error;
  }
}

/** Discounts are bounded where they are read (policies/cost/assumptions.ts). */
const ALL = [budgets, demand, share, usage];

const WHOLE_PLAN = Object.values(PLAN.budgets).reduce((sum, budget) => sum + budget, 0);

/** A budget over the plan's whole rings when it is too late. */
const alarms = (stack: PlannedStack): Finding[] =>
  ofType(stack, "aws:budgets/budget:Budget").flatMap((budget) => {
    const limit = numberAt(budget.props, "limitAmount");
    return found(
      budget,
      unless([
        limit !== undefined && limit <= WHOLE_PLAN,
        `limitAmount must be at most the plan's ${dollars(WHOLE_PLAN)} a month: it is ${shown(limit)}`,
      ]),
    );
  });

/** The region that the stack's name means; other names are the catalogue's to refuse. */
function regionOfStack(stack: string): string | undefined {
  return stack === "prod" ? HOME_REGION : /^prod-(.+)$/.exec(stack)?.[1];
}

function judge(stack: PlannedStack): readonly Finding[] {
  if (isLocal(stack)) return [];
  const regions = ofType(stack, REGION);
  const [region] = regions;
  if (region === undefined || regions.length > 1)
    return [{ message: "the stack must have one region component, which states its facts" }];
  const stated = at(region.props, "facts");
  const facts = isObject(stated) ? stated : {};
  const named = regionOfStack(stack.stack);
  const ofRegion = found(
    region,
    unless(...ALL.flatMap((conditions) => conditions(facts)), [
      named === undefined || named === textAt(facts, "region"),
      `region must be ${named}, as the stack's name says`,
    ]),
  );
  return [...ofRegion, ...alarms(stack)];
}

/**
 * Budgets, demand and assumptions come from the judged program: here they are held against the plan.
 * More, or less, needs a dated exception (policies/lib/exceptions.ts).
 */
export const statedFigures: Rule = {
  id: "O02",
  name: "o02-stated-figures",
  level: "mandatory",
  description: "What the program says of budgets, demand and assumptions is the plan's",
  source: "OWN, the plan's table",
  stack: judge,
};
