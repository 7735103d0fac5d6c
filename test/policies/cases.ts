import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Planned } from "../../policies/lib/planned.ts";
import type { Rule } from "../../policies/lib/rule.ts";
import { broken, findingsOf, type Fixture } from "./support.ts";

/** One way to break a compliant set of fixtures, and the sentence that must say so. */
export interface Violation {
  readonly title: string;
  /** Which fixture is broken; absent: the first. */
  readonly of?: string;
  readonly change?: Readonly<Record<string, Planned | undefined>>;
  /** Options of the resource instead of its properties. */
  readonly options?: Partial<Fixture>;
  /** Fixtures left out. */
  readonly without?: readonly string[];
  /** Fixtures added. */
  readonly also?: readonly Fixture[];
  /** Name of the stack; absent: one that no exception names. */
  readonly stack?: string;
  /** A pattern that some sentence fits, or all the sentences there are, word for word. */
  readonly says: RegExp | readonly string[];
}

export interface Case {
  readonly rule: Rule;
  /** Fixtures that together comply. */
  readonly compliant: readonly Fixture[];
  /** Further ways to comply. */
  readonly fine?: readonly Omit<Violation, "says">[];
  readonly violating: readonly Violation[];
}

/** How many fixtures of each kind a policy has, by its name. */
export const FIXTURES = new Map<string, { compliant: number; violating: number }>();

function applied(fixtures: readonly Fixture[], violation: Omit<Violation, "says">): Fixture[] {
  const target = violation.of ?? fixtures[0]?.name;
  return [
    ...fixtures
      .filter(({ name }) => violation.without?.includes(name) !== true)
      .map((fixture) =>
        fixture.name === target
          ? { ...broken(fixture, violation.change ?? {}), ...violation.options }
          : fixture,
      ),
    ...(violation.also ?? []),
  ];
}

/** A suite a policy: its compliant fixtures are silent, each broken one is named. */
export function describeCases(cases: readonly Case[]): void {
  for (const { rule, compliant, fine = [], violating } of cases) {
    const counted = FIXTURES.get(rule.name) ?? { compliant: 0, violating: 0 };
    FIXTURES.set(rule.name, {
      compliant: counted.compliant + 1 + fine.length,
      violating: counted.violating + violating.length,
    });
    describe(`${rule.id} ${rule.name}`, () => {
      it("is silent about what complies", () => {
        assert.deepEqual(findingsOf(rule, compliant), []);
        const targets = rule.resource?.types ?? compliant.map(({ type }) => type);
        assert.ok(compliant.some(({ type }) => targets.includes(type)));
      });
      for (const way of fine) {
        it(`is silent: ${way.title}`, () => {
          assert.deepEqual(findingsOf(rule, applied(compliant, way), way), []);
        });
      }
      for (const violation of violating) {
        it(`refuses ${violation.title}`, () => {
          const { says } = violation;
          const findings = findingsOf(rule, applied(compliant, violation), violation);
          if (!(says instanceof RegExp)) assert.deepEqual(findings, says);
          else
            assert.ok(
              findings.some((one) => says.test(one)),
              findings.join("; "),
            );
        });
      }
    });
  }
}
