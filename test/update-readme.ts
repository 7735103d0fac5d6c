/** Writes what the config schema says: Pulumi.yaml, and the table in README.md between its two marks. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configTable } from "../infra/lib/config-table.ts";
import { projectFile } from "../infra/lib/project-file.ts";

const ROOT = join(import.meta.dirname, "..");
writeFileSync(join(ROOT, "Pulumi.yaml"), projectFile());

const file = join(ROOT, "README.md");
const text = readFileSync(file, "utf8");
writeFileSync(
  file,
  text.replace(
    /(<!-- config table -->)[\s\S]*?(<!-- end -->)/,
    (_all, start: string, end: string) => `${start}\n${configTable()}\n${end}`,
  ),
);
