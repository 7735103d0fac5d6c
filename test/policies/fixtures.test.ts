import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { RULES } from "../../policies/rules.ts";
import { FIXTURES } from "./cases.ts";

// Every suite of policies registers its fixtures when it is loaded; a second import loads nothing.
for (const file of globSync("**/*.test.ts", { cwd: import.meta.dirname }))
  if (file !== "fixtures.test.ts") await import(join(import.meta.dirname, file));

describe("fixtures of policies", () => {
  it("are one compliant and two violating at least, for every policy", () => {
    const few = RULES.map(({ name }) => ({ name, ...FIXTURES.get(name) })).filter(
      ({ compliant = 0, violating = 0 }) => compliant < 1 || violating < 2,
    );
    assert.deepEqual(few, []);
  });
});
