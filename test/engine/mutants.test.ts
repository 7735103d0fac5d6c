import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { addressPlan } from "../../local/cloud/addresses.ts";
import { openCloud, type Cloud } from "../../local/cloud/cloud.ts";
import type { RunReport } from "../../local/engine/report.ts";
import { EngineError, preview } from "../../local/engine/run.ts";
import { openStack, stackNames } from "../../local/engine/workspace.ts";
import { RULES } from "../../policies/rules.ts";
import type { Consequence, Mutant } from "./mutants/mutant.ts";
import { RUNS } from "./mutants/runs.ts";
import { ENGINE_SLOT, freshStateDir, needsTools } from "./support.ts";

interface Found {
  readonly policy: string;
  readonly urn: string;
  readonly message: string;
}

/** Everything that mandatory policies found in a run. */
const foundBy = (report: RunReport): Found[] =>
  report
    .policies([])
    .filter(({ level }) => level === "mandatory")
    .flatMap(({ name, violations }) => violations.map((one) => ({ policy: name, ...one })));

/** Findings that a mutant must cause, its own first. */
const wantedOf = ({ policy, of, at = of, says, also = [] }: Mutant): readonly Consequence[] => [
  { policy, at, says },
  ...also,
];

function isIt({ policy, at: { type, name }, says }: Consequence, found: Found): boolean {
  const isThere = [`$${type}::${name}`, `::${type}::${name}`].some((end) =>
    found.urn.endsWith(end),
  );
  return found.policy === policy && isThere && says.test(found.message);
}

describe("faults in the program of prod, refused by the real engine", function () {
  this.timeout(300_000);
  let cloud: Cloud;
  let stateDir = "";
  let stopped = 0;

  before(async function () {
    needsTools(this);
    stateDir = freshStateDir();
    const addresses = addressPlan(Number(ENGINE_SLOT));
    cloud = await openCloud({ stateDir, addresses, say: () => {}, offline: true });
    await cloud.serve();
  });

  after(async () => {
    if (stateDir === "") return;
    await cloud.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  const open = (
    stack: string,
    engine: string,
    environment: Readonly<Record<string, string>>,
    config: Readonly<Record<string, unknown>> = {},
  ) =>
    openStack({
      engineDir: join(stateDir, engine),
      stack,
      environment: { ...cloud.environment(), ...environment },
      config,
    });

  /** The engine's answer to the program with the faults of a run. */
  async function refusal(run: number): Promise<EngineError> {
    const environment = { SECUREVPN_MUTANTS: String(run) };
    const stack = await open("prod", `engine-${run}`, environment, RUNS[run]?.config);
    const settings = await stack.workspace.projectSettings();
    settings.main = join(import.meta.dirname, "mutants", "program.ts");
    await stack.workspace.saveProjectSettings(settings);
    const answer = await preview(stack).catch((error: unknown) => error);
    assert.ok(answer instanceof EngineError, "the engine let the faults pass");
    return answer;
  }

  it("are one at least for every mandatory policy", () => {
    const stopping = new Set(
      RUNS.flatMap(({ mutants }) => mutants.flatMap(wantedOf)).map(({ policy }) => policy),
    );
    const mandatory = RULES.filter(({ level }) => level === "mandatory").map(({ name }) => name);
    assert.deepEqual(
      mandatory.filter((name) => !stopping.has(name)),
      [],
    );
  });

  for (const [index, { title, mutants }] of RUNS.entries()) {
    describe(title, () => {
      let found: readonly Found[] = [];

      before(async () => {
        const error = await refusal(index);
        found = foundBy(error.report);
        assert.ok(found.length > 0, error.message);
      });

      for (const mutant of mutants) {
        it(`${mutant.policy} stops ${mutant.of.name}: ${mutant.says.source}`, () => {
          for (const wanted of wantedOf(mutant)) {
            const mine = found.filter((one) => isIt(wanted, one));
            assert.equal(mine.length, 1, JSON.stringify(found, null, 2));
          }
          stopped += 1;
        });
      }

      it("finds nothing else", () => {
        const wanted = mutants.flatMap(wantedOf);
        const others = found.filter((one) => !wanted.some((mine) => isIt(mine, one)));
        assert.deepEqual(others, []);
      });
    });
  }

  describe("without a fault", () => {
    for (const name of stackNames()) {
      it(`${name} breaks no mandatory policy, and each could decide`, async () => {
        const report = await preview(await open(name, "engine-own", {}));
        const levels = new Map(RULES.map((rule) => [rule.name, rule.level]));
        for (const { name: policy, level, violations } of report.policies([])) {
          // What a mandatory policy cannot decide, the engine reports as advisory.
          assert.equal(level, levels.get(policy));
          assert.equal(level, "advisory", JSON.stringify(violations));
          for (const { message } of violations) assert.doesNotMatch(message, /can't run policy/);
        }
      });
    }
  });

  // A suite, since mocha runs a suite's own tests before those of the suites in it.
  describe("all runs", () => {
    it("stop every fault", function () {
      const all = RUNS.flatMap(({ mutants }) => mutants).length;
      if (this.test !== undefined) this.test.title = `${stopped}/${all} faults stopped`;
      assert.equal(stopped, all);
    });
  });
});
