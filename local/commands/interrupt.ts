const listeners = new Set<() => void>();
let count = 0;

function onSignal(signal: NodeJS.Signals): void {
  count += 1;
  // The second Ctrl-C still stops in order; the third is a person who will not wait.
  if (count >= 3) process.exit(130);
  if (count === 1) process.stderr.write(`\n${signal}: stopping everything in order (a third Ctrl-C leaves at once)\n`);
  for (const listener of listeners) listener();
}

/** Resolves at the first SIGINT or SIGTERM. */
export function interrupted(): Promise<void> {
  if (listeners.size === 0) {
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
    process.on("SIGHUP", onSignal);
  }
  return new Promise((resolve) => listeners.add(resolve));
}
