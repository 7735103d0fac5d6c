import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Condition?: { readonly StringEquals?: Readonly<Record<string, readonly string[]>> };
}

describe("the deployer's policy", () => {
  const text = read("docs/aws/deployer-policy.json");
  const { Statement: statements } = JSON.parse(text) as { Statement: readonly Statement[] };
  const source = globSync("infra/**/*.ts", { cwd: ROOT }).map(read).join("\n");

  it("covers every AWS service that the program uses", () => {
    /** IAM's prefix where it is not the module's name. */
    const prefixes: Readonly<Record<string, string>> = { lb: "elasticloadbalancing", vpc: "ec2" };
    const used = [...source.matchAll(/\baws\.([a-z0-9]+)\.[A-Z]/g)].map(
      ([, module]) => module ?? "",
    );
    const wanted = new Set(
      used.filter((module) => module !== "types").map((module) => prefixes[module] ?? module),
    );
    const allowed = new Set(
      statements
        .filter(({ Effect }) => Effect === "Allow")
        .flatMap(({ Action }) => Action)
        .map((action) => action.split(":")[0]),
    );
    assert.deepEqual(
      [...wanted].filter((service) => !allowed.has(service)),
      [],
    );
  });

  it("passes roles to every service that the program gives one, and to no other", () => {
    // Only what may take a role: a topic's or a bucket's policy names services too.
    const trusts = source.matchAll(/(?:serviceTrust\(|Principal: \{ Service: )"([a-z0-9.-]+)"/g);
    const trusted = new Set([...trusts].map(([, service]) => service ?? ""));
    assert.ok(trusted.size > 3);
    const passed = statements.flatMap(
      ({ Condition }) => Condition?.StringEquals?.["iam:PassedToService"] ?? [],
    );
    assert.deepEqual(passed.toSorted(), [...trusted].toSorted());
  });

  it("fits into one inline policy of a role", () => {
    assert.ok(JSON.stringify(JSON.parse(text)).length < 10_240);
  });
});
