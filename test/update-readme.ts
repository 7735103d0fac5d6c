/** Writes the configuration table into README.md, between its two marks. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configTable } from "../infra/lib/config-table.ts";

const file = join(import.meta.dirname, "..", "README.md");
const text = readFileSync(file, "utf8");
writeFileSync(
  file,
  text.replace(
    /(<!-- config table -->)[\s\S]*?(<!-- end -->)/,
    (_all, start: string, end: string) => `${start}\n${configTable()}\n${end}`,
  ),
);
