/** What run.mjs starts in its tests: tells what it got, then does what its first argument says. */
import { setTimeout as sleep } from "node:timers/promises";

const [mode = "", ...rest] = process.argv.slice(2);
let signals = 0;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    signals += 1;
    if (signals === 1) setTimeout(() => report(signal), 2_000);
  });
}

function report(signal: string): void {
  process.stdout.write(`${JSON.stringify({ signal, signals })}\n`, () => process.exit(42));
}

process.stdout.write(
  `${JSON.stringify({ pid: process.pid, node: process.versions.node, rest })}\n`,
);
if (mode === "exit") process.exit(Number(rest[0]));
await sleep(60_000);
