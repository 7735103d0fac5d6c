import { constants } from "node:os";

/** Why a command that runs until it is stopped is stopped. */
export interface Interruption {
  /** What the shell is told: 128 and the signal's number, or 1 for a failure. */
  readonly exitCode: number;
  /** A failure that nobody caught; absent when a person or the end of the output stopped it. */
  readonly failure?: unknown;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const listeners = new Set<(interruption: Interruption) => void>();
let signals = 0;

export const signalExitCode = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

function onSignal(signal: NodeJS.Signals): void {
  signals += 1;
  // The second Ctrl-C still stops in order; the third is a person who will not wait.
  if (signals >= 3) process.exit(signalExitCode(signal));
  if (signals === 1) {
    process.stderr.write(
      `\n${signal}: stopping everything in order (a third Ctrl-C leaves at once)\n`,
    );
  }
  interrupt({ exitCode: signalExitCode(signal) });
}

/** Stops the command in order, as a signal does; answers whether there was anything to stop. */
export function interrupt(interruption: Interruption): boolean {
  for (const listener of listeners) listener(interruption);
  return listeners.size > 0;
}

/** Resolves at the first SIGINT, SIGTERM or SIGHUP, lost output or failure that nobody caught. */
export function interrupted(): Promise<Interruption> {
  if (listeners.size === 0) for (const signal of SIGNALS) process.on(signal, onSignal);
  return new Promise((resolve) => listeners.add(resolve));
}
