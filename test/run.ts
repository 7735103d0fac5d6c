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
/** Seconds that each file took, its hooks with it: what a quicker run would begin with. */
class SuiteTimes {
  readonly #seconds = new Map<string, number>();
  #file = "";
  #from = performance.now();

  enter(file: string): void {
    if (file === this.#file) return;
    this.leave();
    this.#file = file;
  }

  leave(): void {
    const now = performance.now();
    const seconds = (this.#seconds.get(this.#file) ?? 0) + (now - this.#from) / 1000;
    if (this.#file !== "") this.#seconds.set(this.#file, seconds);
    this.#from = now;
  }

  slowest(count: number): string[] {
    this.leave();
    return [...this.#seconds]
      .sort(([, one], [, other]) => other - one)
      .slice(0, count)
      .map(([file, seconds]) => `${seconds.toFixed(1).padStart(8)} s  ${relative(ROOT, file)}`);
  }
}

for (const file of testFiles(process.argv.slice(2))) mocha.addFile(join(ROOT, file));
await mocha.loadFilesAsync();
const times = new SuiteTimes();
const runner = mocha.run(() => {
  const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
  process.stdout.write(`\nslowest files:\n${times.slowest(10).join("\n")}\n`);
  process.stdout.write(`\n${passes} passed, ${failures} failed, ${pending} skipped\n`);
  if (passes + failures === 0) process.stderr.write("no test ran\n");
  process.exit(failures > 0 || passes === 0 ? 1 : 0);
});
runner.on("suite", (suite) => {
  if (suite.file !== undefined) times.enter(suite.file);
});
