import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { spawnPart, type ProcessSpec } from "../cloud/process.ts";
import type { ContainerState, ContainerStatus } from "./objects.ts";

/** How a process ended; the code as a shell tells it, 128 and more for a signal. */
export interface Exit {
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
  readonly message?: string | undefined;
}

export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: 127, signal: null, message: error.message }));
    child.once("exit", (code, signal) =>
      resolve({ code: code ?? 128 + constants.signals[signal ?? "SIGKILL"], signal }),
    );
  });
}

/** Exit code of a command that is killed when its time is over. */
export async function runWithin(spec: ProcessSpec, timeoutMs: number): Promise<number> {
  const child = spawnPart(spec);
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  const { code } = await exitOf(child);
  clearTimeout(timer);
  return code;
}

export function endedState({
  code,
  signal,
  message,
}: Exit): NonNullable<ContainerState["terminated"]> {
  return {
    exitCode: code,
    reason: code === 0 ? "Completed" : "Error",
    ...(signal === null ? {} : { signal: constants.signals[signal] }),
    ...(message === undefined ? {} : { message }),
  };
}

/** Grandchildren must not outlive the container. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is empty.
  }
}

/** The pod was on this node before the cloud ended: its next run is a restart. */
export function afterReboot(
  previous: ContainerStatus,
  now: string,
): { restarts: number; lastState: ContainerState } {
  const { running, terminated } = previous.state;
  const ran = running !== undefined || terminated !== undefined;
  const restarts = previous.restartCount + (ran ? 1 : 0);
  if (running === undefined)
    return { restarts, lastState: terminated === undefined ? previous.lastState : previous.state };
  const { containerID } = previous;
  const ended = { exitCode: 255, reason: "Unknown", startedAt: running.startedAt, finishedAt: now };
  return {
    restarts,
    lastState: { terminated: containerID === undefined ? ended : { ...ended, containerID } },
  };
}
