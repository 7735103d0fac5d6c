// One set-up at a time works in a folder; a second one waits for it, then finds the work done.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { say } from "./say.mjs";

const PATIENCE_MS = 1_000;

/**
 * Runs `work` while holding a lock on `file`. The lock is the kernel's (flock), held by a child
 * that ends when its stdin closes: whatever ends this process frees it, so none can be stale.
 */
export async function withLock(file, what, work) {
  mkdirSync(dirname(file), { recursive: true });
  const holder = spawn("flock", [file, "sh", "-c", "echo held; cat >/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => holder.on("close", resolve));
  const patience = setTimeout(
    () => say(`${what}: another set-up is at it; waiting for it`),
    PATIENCE_MS,
  );
  try {
    await new Promise((resolve, reject) => {
      holder.stdout.once("data", resolve);
      holder.once("error", reject);
      holder.once("close", () => reject(new Error(`cannot lock ${file}`)));
    });
    clearTimeout(patience);
    return await work();
  } finally {
    clearTimeout(patience);
    holder.stdin.end();
    await ended;
  }
}
