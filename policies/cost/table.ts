import type { CostDifference } from "./difference.ts";
import type { CostDocument } from "./document.ts";
import { dollars, signed, whole } from "./money.ts";
import { COMPONENTS } from "./plan.ts";

/** GB in a TB, of 2^30 and 2^40 bytes. */
const TB = 1024;

export interface StackCost {
  readonly stack: string;
  readonly cost: CostDocument;
}

type Row = readonly string[];

/** Rows with aligned columns: the first to the left, all others to the right. */
function columns(rows: readonly Row[]): string[] {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, index) => Math.max(all[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) =>
        index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

const sum = (amounts: readonly number[]): number => amounts.reduce((all, one) => all + one, 0);
const percent = (part: number, all: number): string =>
  all > 0 ? `${Math.round((100 * part) / all)} %` : "-";
const terabytes = (gb: number): string => `${whole(gb / TB)} TB`;

function fixedRows(stacks: readonly StackCost[]): Row[] {
  const rows = COMPONENTS.map((name) => {
    const own = stacks.flatMap(({ cost }) =>
      cost.fixed.components.filter((component) => component.name === name),
    );
    return {
      name,
      budget: sum(own.map(({ budget }) => budget)),
      monthly: sum(own.map(({ monthly }) => monthly)),
    };
  });
  const total = {
    name: "fixed",
    budget: sum(rows.map(({ budget }) => budget)),
    monthly: sum(rows.map(({ monthly }) => monthly)),
  };
  return [
    ["component", "a month", "budget", "used"],
    ...[...rows, total].map(({ name, budget, monthly }) => [
      name,
      dollars(monthly),
      dollars(budget),
      monthly > budget ? "OVER" : percent(monthly, budget),
    ]),
  ];
}

function usageRows(stacks: readonly StackCost[]): Row[] {
  const levels = ["low", "expected", "high"] as const;
  const fixed = sum(stacks.map(({ cost }) => cost.fixed.total));
  const used = levels.map((level) => sum(stacks.map(({ cost }) => cost.usage[level])));
  const people = sum(stacks.map(({ cost }) => cost.transfer.subscribers));
  return [
    ["use", ...levels],
    ["transfer, requests, logs, more nodes", ...used.map(dollars)],
    ["fixed and use", ...used.map((amount) => dollars(amount + fixed))],
    [
      "a subscriber",
      ...used.map((amount) => (people > 0 ? `$${((amount + fixed) / people).toFixed(2)}` : "-")),
    ],
  ];
}

/** Nodes that each level needs, by what binds: `5 of 15 (vCPU)`. */
function nodeRows(stacks: readonly StackCost[]): Row[] {
  return stacks
    .filter(({ cost }) => cost.transfer.nodes.length > 0)
    .map(({ stack, cost }) => [
      `VPN nodes of ${stack}`,
      ...cost.transfer.nodes.map(
        ({ needed, planned, limit }) => `${needed} of ${planned} (${limit})`,
      ),
    ]);
}

function tierRows(stacks: readonly StackCost[]): Row[] {
  const names = [...new Set(stacks.flatMap(({ cost }) => cost.perTier.map(({ tier }) => tier)))];
  const rows = names.map((name) => {
    const own = stacks.flatMap(({ cost }) => cost.perTier.filter(({ tier }) => tier === name));
    const least = Math.min(...own.map(({ breakEvenGb }) => breakEvenGb));
    const most = Math.max(...own.map(({ breakEvenGb }) => breakEvenGb));
    return [
      name,
      whole(sum(own.map(({ subscribers }) => subscribers))),
      dollars(sum(own.map(({ revenue }) => revenue))),
      dollars(sum(own.map(({ cost }) => cost))),
      least === most ? whole(least) : `${whole(least)} to ${whole(most)}`,
    ];
  });
  const all = stacks.flatMap(({ cost }) => cost.perTier);
  return [
    ["tier, at the expected use", "subscribers", "revenue", "cost", "break-even GB"],
    ...rows,
    [
      "all",
      whole(sum(all.map(({ subscribers }) => subscribers))),
      dollars(sum(all.map(({ revenue }) => revenue))),
      dollars(sum(all.map(({ cost }) => cost))),
      "",
    ],
  ];
}

type Beside = CostDocument["transfer"]["beside"][number];

const onHosts = ({ hosts }: Beside): string => {
  if (hosts === null) return "not established";
  const { least, most } = hosts;
  return least === most ? dollars(least) : `${dollars(least)} to ${dollars(most)}`;
};

/** AWS's transfer beside the same traffic on rented hosts. */
function hostRows(stacks: readonly StackCost[]): Row[] {
  return [
    ["transfer, and the same on rented hosts", "low", "expected", "high"],
    ...stacks.flatMap(({ stack, cost: { transfer } }) => [
      [`${stack}: AWS`, ...transfer.beside.map(({ aws }) => dollars(aws))],
      [`${stack}: rented hosts`, ...transfer.beside.map(onHosts)],
    ]),
  ];
}

/** How many times cheaper rented hosts are at the expected use, by list price. */
function hostLines(stacks: readonly StackCost[]): string[] {
  const expected = stacks.flatMap(({ cost: { region, transfer } }) =>
    transfer.beside
      .filter(({ level, aws }) => level === "expected" && aws > 0)
      .map(({ aws, hosts }) => ({ region, aws, hosts })),
  );
  const times = expected.flatMap(({ aws, hosts }) =>
    hosts === null ? [] : [aws / hosts.most, aws / hosts.least],
  );
  const known = expected.filter(({ hosts }) => hosts !== null).map(({ region }) => region);
  const unknown = expected.filter(({ hosts }) => hosts === null).map(({ region }) => region);
  return [
    ...(times.length === 0
      ? []
      : [
          `rented hosts carry it ${Math.floor(Math.min(...times))} to ${Math.ceil(Math.max(...times))} times cheaper by list price in ${known.join(", ")}: ` +
            "ask first whether a host allows VPN exits and what its fair use is (policies/cost/hosts.csv)",
        ]),
    ...(unknown.length === 0
      ? []
      : [`rented hosts: prices for ${unknown.join(", ")} are not established`]),
  ];
}

/** The truth about transfer: what is expected, and what its budget buys. */
function transferLines(stacks: readonly StackCost[]): string[] {
  const transfers = stacks.map(({ cost }) => cost.transfer);
  const people = sum(transfers.map(({ subscribers }) => subscribers));
  const expected = sum(transfers.map((transfer) => transfer.expected));
  const gb = sum(transfers.map(({ expectedGb }) => expectedGb));
  const budget = sum(transfers.map((transfer) => transfer.budget));
  const budgetGb = sum(transfers.map((transfer) => transfer.budgetGb));
  const all = sum(stacks.map(({ cost }) => cost.fixed.total + cost.usage.expected));
  const each = (amount: number): string => (people > 0 ? (amount / people).toFixed(1) : "-");
  return [
    `transfer: ${terabytes(gb)} expected, ${each(gb)} GB a subscriber, ${dollars(expected)}: ${percent(expected, all)} of all cost`,
    `its budget of ${dollars(budget)} buys ${terabytes(budgetGb)}: ${each(budgetGb)} GB a subscriber`,
  ];
}

function priceLine(stacks: readonly StackCost[]): string {
  const [first] = stacks;
  if (first === undefined) return "";
  const oldest = stacks.map(({ cost }) => cost.prices.oldest).toSorted()[0] ?? "";
  const count = (key: "used" | "old" | "unsure"): number =>
    sum(stacks.map(({ cost }) => cost.prices[key]));
  return (
    `prices: ${count("used")} list prices, the oldest of ${oldest}; ${count("old")} are over a year old or undated, ` +
    `${count("unsure")} from memory or derived; valid until ${first.cost.validUntil}`
  );
}

export function differenceLines({ fixed, usage, lines }: CostDifference): string[] {
  return [
    `against what is deployed: fixed ${signed(fixed.after - fixed.before)}, use as expected ${signed(usage.after - usage.before)}`,
    ...lines
      .slice(0, 5)
      .map(
        ({ urn, item, before, after }) =>
          `  ${signed(after - before)} ${item} of ${urn.split("::").at(-1) ?? urn}`,
      ),
    ...(lines.length > 5 ? [`  and ${lines.length - 5} more`] : []),
  ];
}

/** The monthly cost of one stack, or of several together, as text. */
export function costTable(stacks: readonly StackCost[]): string {
  const names = stacks.map(({ stack, cost }) => `${stack} (${cost.region})`).join(", ");
  const unpriced = stacks.flatMap(({ cost }) => cost.unpriced);
  const ceiling = sum(stacks.map(({ cost }) => cost.ceiling));
  const blocks = [
    columns(fixedRows(stacks)),
    columns([...usageRows(stacks), ...nodeRows(stacks)]),
    columns(hostRows(stacks)),
    columns(tierRows(stacks)),
    [
      ...transferLines(stacks),
      ...hostLines(stacks),
      ...(ceiling > 0 ? [`node groups at their most would add ${dollars(ceiling)}`] : []),
      ...(unpriced.length > 0 ? [`not priced: ${unpriced.join(", ")}`] : []),
      priceLine(stacks),
    ],
  ];
  return [
    `cost a month of ${names}, USD without tax`,
    ...blocks.map((lines) => lines.map((line) => `  ${line}`).join("\n")),
  ].join("\n\n");
}
