/** `npm run check`: types, lint and format. With `--fix`, what can be put right by itself is. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { onPath } from "../local/setup/tools.mjs";

const ROOT = join(import.meta.dirname, "..");

interface Check {
  readonly name: string;
  readonly args: readonly string[];
}

interface Verdict {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

function checks(fix: boolean): Check[] {
  return [
    { name: "tsc", args: [] },
    { name: "eslint", args: [".", "--max-warnings=0", ...(fix ? ["--fix"] : [])] },
    {
      name: "prettier",
      args: [fix ? "--write" : "--check", "--log-level=warn", "**/*.{ts,mts,mjs,js}"],
    },
  ];
}

function run({ name, args }: Check): Promise<Verdict> {
  const from = performance.now();
  const child = spawn(onPath(name, join(ROOT, "node_modules", ".bin")) ?? name, args, {
    cwd: ROOT,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ name, passed: code === 0, seconds: (performance.now() - from) / 1000, output });
    });
  });
}

function show({ name, passed, seconds, output }: Verdict): void {
  if (!passed) process.stdout.write(`${output.trimEnd()}\n`);
  process.stdout.write(`${name}: ${passed ? "ok" : "FAILED"} (${seconds.toFixed(1)} s)\n`);
}

const { values } = parseArgs({ options: { fix: { type: "boolean", default: false } } });
const [types, lint, format] = checks(values.fix);
const verdicts: Verdict[] = [];
const check = async (one: Check | undefined): Promise<void> => {
  if (one === undefined) return;
  const verdict = await run(one);
  show(verdict);
  verdicts.push(verdict);
};
// The two that read all types go side by side; the formatter must see what a fix has written.
await Promise.all([check(types), check(lint)]);
await check(format);
process.exit(verdicts.every((verdict) => verdict.passed) ? 0 : 1);
