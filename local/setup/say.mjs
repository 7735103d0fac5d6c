// Progress of set-up, on stderr: stdout belongs to the script that runs after it.
const startedAt = Date.now();

const stamp = (sinceMs) => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;

export function say(line) {
  process.stderr.write(`set-up [${stamp(startedAt).padStart(7)}] ${line}\n`);
}

/** Runs one step and shows what it waits for, every 15 s again, with its elapsed time. */
export async function step(name, hint, run) {
  const from = Date.now();
  say(`${name}: ${hint}`);
  const timer = setInterval(() => say(`${name}: still at it after ${stamp(from)} (${hint})`), 15_000);
  try {
    const result = await run();
    say(`${name}: done in ${stamp(from)}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** A failed step: what failed and what the person can do. */
export class SetupError extends Error {}
