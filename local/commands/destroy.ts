import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RunReport } from "../engine/report.ts";
import { EngineError } from "../engine/run.ts";
import { command, parseCommand, stateDirectory } from "./arguments.ts";
import { Region } from "./region.ts";

command(async () => {
  parseCommand("npm run destroy", {});
  const stateDir = stateDirectory();
  if (!existsSync(join(stateDir, "version"))) {
    process.stdout.write(`Nothing to destroy: ${stateDir} holds no region.\n`);
    return 0;
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const region = await Region.open({ stateDir, stack: "local", what: "npm run destroy", say });
  const report = new RunReport();
  try {
    const stack = await region.stack();
    say("pulumi destroy runs");
    await stack.destroy({ color: "never", onEvent: report.onEvent }).catch((error: unknown) => {
      throw new EngineError("destroy", report, error);
    });
    await stack.workspace.removeStack("local");
  } catch (error) {
    await region.close();
    throw error;
  }
  await region.close();
  rmSync(stateDir, { recursive: true, force: true });
  process.stdout.write(`Destroyed ${report.changes.delete} resources; no process and no file is left (tool caches stay).\n`);
  return 0;
});
