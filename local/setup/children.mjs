// Processes and temporary files of set-up: none outlives it, however it ends.
import { spawn } from "node:child_process";
import { constants } from "node:os";

const running = new Set();
const cleanups = new Set();
const TAIL_LENGTH = 4_000;

/** Runs `undo` if set-up ends before the returned function is called. */
export function undoOnExit(undo) {
  cleanups.add(undo);
  return () => cleanups.delete(undo);
}

/** A child that ends with this process, even when that is killed with -9. */
export function spawnChild(command, args, options) {
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "--", command, ...args], options);
  running.add(child);
  child.on("close", () => running.delete(child));
  return child;
}

/**
 * Runs a command to its end; rejects with the tail of what it wrote to stderr. `onLine` sees each
 * line of stderr.
 */
export function runChild(command, args, { onLine = () => {}, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawnChild(command, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
    let tail = "";
    let partial = "";
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      tail = (tail + chunk).slice(-TAIL_LENGTH);
      const lines = (partial + chunk).split("\n");
      partial = lines.pop();
      lines.forEach(onLine);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(new Error(tail.trim() || `${command} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** Until the returned function is called, a signal ends set-up, its children and its drafts. */
export function endOnSignals() {
  const end = (signal) => {
    for (const child of running) child.kill("SIGTERM");
    for (const undo of cleanups) undo();
    process.stderr.write(
      `\nset-up was stopped (${signal}); start again and it goes on where it was\n`,
    );
    process.exit(128 + constants.signals[signal]);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, end);
  return () => signals.forEach((signal) => process.off(signal, end));
}
