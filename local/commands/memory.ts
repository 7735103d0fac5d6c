import { readdirSync, readFileSync } from "node:fs";
import type { Part } from "../cloud/parts.ts";

const KIB = 1024;

export interface MeasuredPart extends Part {
  /** Memory of the part's processes; absent for a part that has none of its own. */
  readonly memoryBytes?: number;
}

/** What a region takes of the machine's memory. */
export interface Memory {
  /** The process of the start command: providers, balancer, nodes and Service proxies. */
  readonly cloudBytes: number;
  /** All parts, the cloud's own process and the engine while it runs. */
  readonly totalBytes: number;
  readonly parts: readonly MeasuredPart[];
}

/** Parent of a process: the fourth field, counted after the name, which may hold anything. */
export function parentOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

/** Proportional set size out of smaps_rollup: what processes share is counted once over all of them. */
export function pssOf(rollup: string): number | undefined {
  const kib = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1];
  return kib === undefined ? undefined : Number(kib) * KIB;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has ended, or belongs to another user
  }
}

/** Resident size where the kernel does not tell the proportional one. */
function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? "0";
  return Number(kib) * KIB;
}

const bytesOf = (pid: number): number =>
  pssOf(read(`/proc/${pid}/smaps_rollup`)) ?? residentBytes(pid);

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    if (stat === "") continue;
    const parent = parentOf(stat);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  return children;
}

/**
 * Measures a running region. A part is its process and all below it: the backends of PostgreSQL
 * lead process groups of their own, so the group would miss them.
 */
export function measureMemory(cloudPid: number, parts: readonly Part[]): Memory {
  const children = childrenByParent();
  const below = (pid: number): number[] => [
    pid,
    ...(children.get(pid) ?? []).flatMap((child) => below(child)),
  ];
  const sizes = new Map(below(cloudPid).map((pid) => [pid, bytesOf(pid)]));
  const sum = (pids: readonly number[]): number =>
    pids.reduce((total, pid) => total + (sizes.get(pid) ?? 0), 0);
  return {
    cloudBytes: sizes.get(cloudPid) ?? 0,
    totalBytes: sum([...sizes.keys()]),
    parts: parts.map((part) =>
      part.pid !== undefined && sizes.has(part.pid)
        ? { ...part, memoryBytes: sum(below(part.pid)) }
        : part,
    ),
  };
}

/** `45 MB`. */
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
