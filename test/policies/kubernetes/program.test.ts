import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, it } from "mocha";
import { isObject, listAt, plannedOf } from "../../../policies/lib/planned.ts";
import { RULES } from "../../../policies/rules.ts";
import { findingsOf, type Fixture } from "../support.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

/** The resources of a stack, as its golden file has them: all names known, secrets masked. */
function golden(file: string): Fixture[] {
  const parsed = plannedOf(JSON.parse(readFileSync(join(ROOT, file), "utf8")));
  const resources = isObject(parsed) ? parsed["resources"] : undefined;
  if (!isObject(resources)) throw new Error(`${file} has no resources`);
  return Object.entries(resources).map(([key, resource]) => {
    const [type = ""] = key.split(" ");
    const inputs = isObject(resource) ? resource["inputs"] : undefined;
    const ignoreChanges = listAt(resource, "ignoreChanges").filter(
      (path) => typeof path === "string",
    );
    // A logical name is one of its type alone, and fixtures are told apart by name.
    return { type, name: key, props: isObject(inputs) ? inputs : {}, ignoreChanges };
  });
}

describe("the program under the policies of Kubernetes", () => {
  for (const file of globSync("test/golden/prod*.json", { cwd: ROOT }))
    it(`raises no alarm: ${basename(file, ".json")}`, () => {
      const fixtures = golden(file);
      assert.ok(fixtures.length > 300);
      const alarms = RULES.filter(({ id }) => id.startsWith("K")).flatMap((rule) =>
        findingsOf(rule, fixtures, { stack: "prod" }).map((message) => `${rule.id} ${message}`),
      );
      assert.deepEqual(alarms, []);
    });
});
