import { globSync } from "node:fs";
import { join, relative } from "node:path";
import Mocha from "mocha";

const ROOT = join(import.meta.dirname, "..");

/** Unit and service tests first; the engine suite, which owns a whole region, last. */
function testFiles(patterns: readonly string[]): string[] {
  const wanted = patterns.length > 0 ? patterns : ["test/**/*.test.ts"];
  const files = [...new Set(wanted.flatMap((pattern) => globSync(pattern, { cwd: ROOT })))].sort();
  const isEngine = (file: string): boolean => relative("test", file).startsWith("engine");
  return [...files.filter((file) => !isEngine(file)), ...files.filter(isEngine)];
}

const mocha = new Mocha({
  timeout: 120_000,
  reporter: "spec",
  forbidOnly: process.env["CI"] === "true",
});
for (const file of testFiles(process.argv.slice(2))) mocha.addFile(join(ROOT, file));
await mocha.loadFilesAsync();
const runner = mocha.run(() => {
  const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
  process.stdout.write(`\n${passes} passed, ${failures} failed, ${pending} skipped\n`);
  if (passes + failures === 0) process.stderr.write("no test ran\n");
  process.exit(failures > 0 || passes === 0 ? 1 : 0);
});
