// Progress of set-up, on stderr: stdout belongs to the script that runs after it.
const startedAt = Date.now();
const REMINDER_MS = 10_000;
const finished = [];

export function duration(ms) {
  const seconds = ms / 1000;
  return seconds < 60
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

const since = (from) => duration(Date.now() - from);

export function say(line) {
  process.stderr.write(`set-up [${since(startedAt).padStart(12)}] ${line}\n`);
}

/**
 * Runs one step and shows what it waits for, every 10 s again with its elapsed time. `run` gets a
 * function that says how far it is.
 */
export async function step(name, hint, run) {
  const from = Date.now();
  let progress = hint;
  say(`${name}: ${hint}`);
  const timer = setInterval(() => say(`${name}: ${since(from)} so far; ${progress}`), REMINDER_MS);
  try {
    const result = await run((text) => (progress = text));
    say(`${name}: done in ${since(from)}`);
    finished.push(`${name} ${since(from)}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** One closing line with the time of each step; nothing when nothing was to be done. */
export function sayTotal() {
  if (finished.length > 0) say(`done in ${since(startedAt)} (${finished.join(", ")})`);
}

/** A failed step: what failed and what the person can do. */
export class SetupError extends Error {}
