import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import YAML from "yaml";
import { HOME_REGION, REGIONS } from "../infra/regions.ts";

const DIRECTORY = join(import.meta.dirname, "..", ".github", "workflows");

interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, { readonly permissions?: Record<string, string>; readonly strategy?: { readonly "max-parallel": number; readonly "fail-fast": boolean; readonly matrix: { readonly stack: string[] } } }>;
}

const texts = readdirSync(DIRECTORY).map((name) => ({ name, text: readFileSync(join(DIRECTORY, name), "utf8") }));
const workflow = (name: string): Workflow => YAML.parse(texts.find((item) => item.name === name)?.text ?? "") as Workflow;

describe("workflows", () => {
  it("keep no static key", () => {
    for (const { name, text } of texts) assert.doesNotMatch(text, /secrets\.|AWS_ACCESS_KEY|AWS_SECRET/, name);
  });

  it("pin every action to a commit", () => {
    for (const { name, text } of texts) {
      const used = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action ?? "");
      assert.deepEqual(used.filter((action) => !/@[0-9a-f]{40}$/.test(action)), [], name);
    }
  });

  it("give write access to the jobs that need it alone", () => {
    for (const { name } of texts) assert.deepEqual(workflow(name).permissions, { contents: "read" }, name);
    assert.equal(workflow("preview.yml").jobs["test"]?.permissions, undefined);
  });

  it("bring the regions up one after the other, the home region first, and stop at the first failure", () => {
    const strategy = workflow("deploy.yml").jobs["up"]?.strategy;
    const stacks = REGIONS.filter(({ name }) => name !== "local").map(({ name }) => (name === HOME_REGION ? "prod" : `prod-${name}`));
    assert.equal(strategy?.matrix.stack[0], "prod");
    assert.deepEqual(strategy.matrix.stack.toSorted(), stacks.toSorted());
    assert.equal(strategy["max-parallel"], 1);
    assert.equal(strategy["fail-fast"], true);
  });
});
