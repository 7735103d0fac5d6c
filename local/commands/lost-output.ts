import { spawn } from "node:child_process";
import { fstatSync } from "node:fs";

const STDOUT = 1;

/**
 * Calls `onGone` when the reader of a piped stdout goes away (`| head`). A process learns that when
 * it writes, and a region that runs writes nothing. GNU tail, though, polls its output while it waits
 * for more input, and ends by SIGPIPE; where another tail is installed, only the next write tells.
 */
export function watchReader(onGone: () => void): void {
  if (!fstatSync(STDOUT).isFIFO()) return;
  const watcher = spawn("setpriv", ["--pdeathsig", "KILL", "--", "tail", "-f", "/dev/null"], {
    stdio: ["ignore", STDOUT, "ignore"],
  });
  watcher.on("error", () => {}); // no setpriv here: the next write tells
  watcher.on("exit", (_code, signal) => {
    if (signal === "SIGPIPE") onGone();
  });
  watcher.unref();
}
