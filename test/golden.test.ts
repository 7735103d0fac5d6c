import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { before, describe, it } from "mocha";
import { buildGolden, goldenFile, goldenStacks, type Golden } from "./golden/build.ts";
import { goldenDifference } from "./golden/difference.ts";
import { Normaliser } from "./golden/normalise.ts";
import { Secret, type Recorded } from "./infra/support/program.ts";

const golden = (stack: string): Golden => JSON.parse(readFileSync(goldenFile(stack), "utf8"));

describe("the golden files", () => {
  const built = new Map<string, Golden>();
  before(async () => {
    for (const stack of goldenStacks()) built.set(stack, await buildGolden(stack));
  });

  for (const stack of goldenStacks()) {
    it(`tell what ${stack} is made of`, () => {
      assert.ok(existsSync(goldenFile(stack)), `no golden file: "npm run golden" writes it`);
      const is = built.get(stack) ?? assert.fail();
      const lines = goldenDifference(golden(stack), is);
      const hint = `"npm run golden" writes what is meant; review it like code`;
      assert.ok(
        lines.length === 0,
        `${stack} differs from its golden file:\n${lines.join("\n")}\n${hint}`,
      );
    });
  }

  it("are those of the stacks that there are", () => {
    const files = readdirSync(dirname(goldenFile("prod"))).filter((file) => file.endsWith(".json"));
    assert.deepEqual(
      files.sort(),
      goldenStacks()
        .map((stack) => `${stack}.json`)
        .sort(),
    );
  });
});

const configMap = (name: string, content: string): Recorded => ({
  type: "kubernetes:core/v1:ConfigMap",
  name: "bundle",
  custom: true,
  inputs: { metadata: { name }, data: { "run.sh": content } },
});

describe("a golden file", () => {
  it("masks secrets, opens JSON and leaves the hash of a content out of names", () => {
    const map = configMap("bundle-0123456789", "echo");
    const normaliser = new Normaliser([map]);
    assert.deepEqual(
      normaliser.value({
        volume: "bundle-0123456789",
        other: "cache-0123456789",
        password: new Secret("p"),
        policy: `{"b":1,"a":["bundle-0123456789"]}`,
      }),
      {
        other: "cache-0123456789",
        password: "<secret>",
        policy: { "<json>": { a: ["bundle-<hash>"], b: 1 } },
        volume: "bundle-<hash>",
      },
    );
  });

  it("tells a long text by its hash, so that another text is another line", () => {
    const normaliser = new Normaliser([]);
    const [one, other] = ["a", "b"].map((letter) => normaliser.value(letter.repeat(5_000)));
    assert.match(String(one), /^<text sha256:[0-9a-f]{12}>$/);
    assert.notEqual(one, other);
  });

  it("names what was added, removed and changed, with path and both values", () => {
    const resources = (cidr: string, extra: string) => ({
      outputs: { region: "x" },
      resources: { "Vpc network": { inputs: { cidrBlock: cidr } }, [extra]: { inputs: {} } },
    });
    const lines = goldenDifference(
      resources("10.0.0.0/16", "Vpc old"),
      resources("10.1.0.0/16", "Vpc new"),
    );
    assert.deepEqual(lines, [
      `~ Vpc network\n    inputs.cidrBlock: "10.0.0.0/16" -> "10.1.0.0/16"`,
      "+ Vpc new",
      "- Vpc old",
    ]);
  });
});
