import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { TAG_MODULES, UNTAGGED } from "../../../policies/lib/untagged.ts";

const PACKAGE = join(import.meta.dirname, "..", "..", "..", "node_modules", "@pulumi", "aws");

/** Types of a module whose arguments have no `tags`, read from the package's declarations. */
function untaggedIn(module: string): string[] {
  return globSync("*.d.ts", { cwd: join(PACKAGE, module) }).flatMap((file) => {
    const text = readFileSync(join(PACKAGE, module, file), "utf8");
    const name = /export declare class (\w+) extends pulumi\.CustomResource/.exec(text)?.[1];
    if (name === undefined) return [];
    const args = /export interface \w+Args \{([\s\S]*?)\n\}/.exec(text)?.[1] ?? "";
    return /\n {4}tags\?:/.test(args) ? [] : [`aws:${module}/${file.slice(0, -5)}:${name}`];
  });
}

describe("types without tags", () => {
  it("are those of the package, neither more nor fewer", () => {
    assert.deepEqual([...UNTAGGED].sort(), TAG_MODULES.flatMap(untaggedIn).sort());
  });
});
