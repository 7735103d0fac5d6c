import { stateDirectory } from "./arguments.ts";
import { explain } from "./explain.ts";
import { interrupt, loseOutput } from "./interrupt.ts";

/** One line for the person who watches. */
export function say(line: string): void {
  try {
    process.stderr.write(`${line}\n`);
  } catch {
    // stderr is a file on a full disk: what is said there is lost, what is done goes on.
  }
}

/** The end of a failed command: one clear message, no stack trace unless it is asked for. */
function sayFailure(failure: unknown): void {
  say(`\nerror: ${explain(failure, stateDirectory())}`);
  if (process.env["SECUREVPN_DEBUG"] === "1" && failure instanceof Error) say(failure.stack ?? "");
}

/** What was written has left: the end of the process would drop what a pipe has not yet taken. */
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.write("", () => resolve()));

async function end(code: number): Promise<never> {
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(code);
}

/**
 * Runs a command's main function. A failure ends in one clear message and exit code 1, also one that
 * nobody caught; when the reader of the output goes away (`| head`), a command that runs until it is
 * stopped is stopped in order, and any other goes on to its end.
 */
export function command(main: () => Promise<number>): void {
  process.stderr.on("error", () => {});
  process.stdout.on("error", loseOutput);
  process.on("uncaughtException", (failure: unknown) => {
    if (interrupt({ exitCode: 1, failure })) return;
    sayFailure(failure);
    process.exit(1);
  });
  void main().then(end, (failure: unknown) => {
    sayFailure(failure);
    return end(1);
  });
}
