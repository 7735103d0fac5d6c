import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";

const ROOT = join(import.meta.dirname, "..", "..");
const PACKAGES = join(ROOT, "node_modules", "@pulumi");

/** Every type that the pack's source names, with the file that names it. */
const named = globSync("policies/**/*.ts", { cwd: ROOT }).flatMap((file) =>
  [...readFileSync(join(ROOT, file), "utf8").matchAll(/"((?:aws|kubernetes):[\w./-]+:\w+)"/g)].map(
    ([, type = ""]) => ({ file, type }),
  ),
);

/** Where the package declares a type; a misspelt one is nowhere, and its rule would judge nothing. */
function declarationOf(type: string): string {
  const [provider = "", module = "", name = ""] = type.split(":");
  if (provider === "aws") return join(PACKAGES, "aws", `${module}.d.ts`);
  const [group = "", version = ""] = module.split("/");
  const folder = group.replace(".k8s.io", "").replace(".authorization", "");
  const file = `${name.charAt(0).toLowerCase()}${name.slice(1)}.d.ts`;
  return join(PACKAGES, "kubernetes", folder, version, file);
}

describe("types that policies name", () => {
  it("are types of the packages", () => {
    assert.ok(named.length > 100);
    assert.deepEqual(
      named.filter(({ type }) => !existsSync(declarationOf(type))),
      [],
    );
  });
});
