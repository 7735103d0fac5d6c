import type { Part } from "./parts.ts";
import type { Plan } from "./plan.ts";
import { openness, type Reading } from "./reach.ts";

/** `auth -> database tcp 5432`. */
export const flowName = (from: string, to: string, port: string): string =>
  `${from} -> ${to} ${port}`;

/** Every flow that is open between some of the subnets of both parts, with how far it is. */
export function derive(
  plan: Plan,
  parts: readonly Part[],
  reading: Reading,
): Map<string, "all" | "some"> {
  const found = new Map<string, "all" | "some">();
  for (const from of parts.filter(({ sends }) => sends))
    for (const to of parts)
      for (const port of to.listens) {
        if (from.where !== "inside" && to.where !== "inside") continue; // not our network
        const open = openness(plan, from, to, port, reading);
        if (open !== "none") found.set(flowName(from.name, to.name, port), open);
      }
  return found;
}

/** A plan with one rule, or one part of it, taken out. */
export interface Deletion {
  readonly what: string;
  readonly plan: Plan;
}

export function deletions(plan: Plan): Deletion[] {
  const without = <K extends "groupRules" | "aclEntries" | "routes">(list: K): Deletion[] =>
    plan[list].map(({ key }) => ({
      what: key,
      plan: { ...plan, [list]: plan[list].filter((rule) => rule.key !== key) },
    }));
  return [
    ...without("groupRules"),
    ...without("aclEntries"),
    ...without("routes"),
    ...policyDeletions(plan),
  ];
}

/** A rule, and each of its peers and ports: four peers in one rule are four openings. */
function policyDeletions(plan: Plan): Deletion[] {
  return plan.policyRules.flatMap((rule) => {
    const others = plan.policyRules.filter(({ key }) => key !== rule.key);
    const { peers, ports } = rule;
    const instead = (what: string, change: Partial<typeof rule>): Deletion => ({
      what: `${rule.key}${what}`,
      plan: { ...plan, policyRules: [...others, { ...rule, ...change }] },
    });
    return [
      { what: rule.key, plan: { ...plan, policyRules: others } },
      ...(peers ?? []).map((peer, at) =>
        instead(`, peer ${JSON.stringify(peer)}`, { peers: peers?.toSpliced(at, 1) ?? [] }),
      ),
      ...(ports ?? []).map((port, at) =>
        instead(`, port ${port.protocol} ${port.from}`, { ports: ports?.toSpliced(at, 1) ?? [] }),
      ),
    ];
  });
}
