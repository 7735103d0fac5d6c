import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import YAML from "yaml";
import { KEYS } from "../../infra/config-keys.ts";
import { parseConfig } from "../../infra/config.ts";
import { projectFile } from "../../infra/lib/project-file.ts";
import { stackFile } from "./support/program.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const stacks = readdirSync(ROOT).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);

describe("Pulumi.yaml", () => {
  const text = readFileSync(join(ROOT, "Pulumi.yaml"), "utf8");

  it("is what the schema says, to the byte", () => assert.equal(text, projectFile()));

  it("declares every key with type, description and default", () => {
    const { config } = YAML.parse(text);
    assert.deepEqual(Object.keys(config), Object.keys(KEYS));
    for (const [name, key] of Object.entries(KEYS)) {
      assert.equal(config[name].type, key.type, name);
      assert.deepEqual(config[name].default, key.default, name);
      assert.ok(config[name].description.length > 10, name);
    }
  });
});

describe("the stack files", () => {
  it("are there for every region of the catalogue", () => {
    const all = ["local", "prod", "prod-eu-central-1", "prod-ap-southeast-1"];
    assert.deepEqual([...stacks].sort(), all.sort());
  });

  it("of prod are a few lines: the rest comes from the catalogue and the defaults", () => {
    for (const stack of stacks.filter((name) => name.startsWith("prod")))
      assert.ok(Object.keys(stackFile(stack)).length <= 6, stack);
  });

  for (const stack of stacks) {
    it(`of ${stack} hold known keys and values only, and turn default providers off`, () => {
      const raw = stackFile(stack);
      assert.equal(raw["pulumi:disable-default-providers"], `["*"]`);
      assert.equal(parseConfig(stack, raw).stack, stack);
    });
  }

  it("protect what holds data in prod, and let local be destroyed", () => {
    const prod = parseConfig("prod", stackFile("prod"));
    const local = parseConfig("local", stackFile("local"));
    assert.deepEqual([prod.protect, prod.finalSnapshots, prod.multiAz], [true, true, true]);
    assert.deepEqual([local.protect, local.finalSnapshots], [false, false]);
  });
});
