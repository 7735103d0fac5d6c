import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { lockState } from "../cloud/lock.ts";
import { destroy } from "../engine/run.ts";
import { parseCommand, stateDirectory } from "./arguments.ts";
import { command, say } from "./command.ts";
import { interrupted, type Interruption } from "./interrupt.ts";
import { Region } from "./region.ts";
import { clearFolder } from "./state-folder.ts";

const WHAT = "npm run destroy";

/** Destroys the stack's resources by the engine; answers how many there were. */
async function destroyResources(stateDir: string, signal: AbortSignal): Promise<number> {
  const region = await Region.open({ stateDir, stack: "local", what: WHAT, say });
  try {
    const stack = await region.stack();
    say("pulumi destroy runs");
    const report = await destroy(stack, signal);
    await stack.workspace.removeStack("local");
    return report.changes.delete;
  } finally {
    await region.close();
  }
}

/** Removes the folder too, unless it is a mount point or something of somebody else lies in it. */
function removeFolder(stateDir: string): void {
  const unlock = lockState(stateDir, WHAT);
  clearFolder(stateDir);
  unlock();
  if (readdirSync(stateDir).length > 0) return;
  try {
    rmdirSync(stateDir);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EBUSY")) throw error;
  }
}

command(async () => {
  parseCommand(WHAT, {});
  const stateDir = stateDirectory();
  if (!existsSync(stateDir)) {
    process.stdout.write(`Nothing to destroy: ${stateDir} holds no region.\n`);
    return 0;
  }
  const abort = new AbortController();
  let stopped: Interruption | undefined;
  void interrupted().then((interruption) => {
    stopped = interruption;
    abort.abort();
  });
  let deleted = 0;
  try {
    if (existsSync(join(stateDir, "engine")))
      deleted = await destroyResources(stateDir, abort.signal);
  } catch (error) {
    if (stopped === undefined || stopped.failure !== undefined) throw stopped?.failure ?? error;
    say('stopped in the middle; "npm run destroy" goes on with the rest');
    return stopped.exitCode;
  }
  removeFolder(stateDir);
  process.stdout.write(
    `Destroyed ${deleted} resources; no process and no file is left (tool caches stay).\n`,
  );
  return 0;
});
