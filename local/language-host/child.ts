import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";

const running = new Set<ChildProcess>();

/** Node on one of the runners. It ends with this host, even when the engine kills the host with -9. */
export function spawnNode(args: readonly string[], options: SpawnOptions): ChildProcess {
  const node = [process.execPath, "--disable-warning=ExperimentalWarning"];
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "--", ...node, ...args], options);
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}

export function stopChildren(): void {
  for (const child of running) child.kill("SIGTERM");
}
