import { constants } from "node:os";
import { watchReader } from "./lost-output.ts";

/** Why a command that runs until it is stopped is stopped. */
export interface Interruption {
  /** What the shell is told: 128 and the signal's number, or 1 for a failure. */
  readonly exitCode: number;
  /** A failure that nobody caught; absent when a person or the end of the output stopped it. */
  readonly failure?: unknown;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/**
 * One Ctrl-C may come more than once: the terminal sends it to the whole group, npm and set-up pass
 * it on, and Linux sends the signal of a parent's death once for each of its threads.
 */
const SAME_SIGNAL_MS = 300;
const listeners = new Set<(interruption: Interruption) => void>();
let signals = 0;
let lastSignalAt = -Infinity;

/** What a shell says of a program that wrote to a pipe whose reader had gone. */
const LOST_OUTPUT = 128 + constants.signals.SIGPIPE;

const signalExitCode = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

/** Exit code of what runs until it is stopped: Ctrl-C is its ordinary end. Throws what made it fail. */
export function endOf({ failure, exitCode }: Interruption): number {
  if (failure instanceof Error) throw failure;
  if (failure !== undefined) throw new Error(String(failure));
  return exitCode === signalExitCode("SIGINT") ? 0 : exitCode;
}

function onSignal(signal: NodeJS.Signals): void {
  const now = performance.now();
  const isRepetition = now - lastSignalAt <= SAME_SIGNAL_MS;
  lastSignalAt = now;
  if (isRepetition) return;
  signals += 1;
  // The second Ctrl-C still stops in order; the third is a person who will not wait.
  if (signals >= 3) process.exit(signalExitCode(signal));
  if (signals === 1) {
    process.stderr.write(`\n${signal}: stopping in order (a third Ctrl-C leaves at once)\n`);
  }
  interrupt({ exitCode: signalExitCode(signal) });
}

/** Stops the command in order, as a signal does; answers whether there was anything to stop. */
export function interrupt(interruption: Interruption): boolean {
  for (const listener of listeners) listener(interruption);
  return listeners.size > 0;
}

export const loseOutput = (): void => void interrupt({ exitCode: LOST_OUTPUT });

/** Resolves at the first SIGINT, SIGTERM or SIGHUP, lost output or failure that nobody caught. */
export function interrupted(): Promise<Interruption> {
  if (listeners.size === 0) {
    for (const signal of SIGNALS) process.on(signal, onSignal);
    watchReader(loseOutput);
  }
  return new Promise((resolve) => listeners.add(resolve));
}
