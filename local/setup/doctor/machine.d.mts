import type { PublishedToolset } from "../toolsets.mjs";
import type { Finding } from "./finding.mjs";

export const REGION_MEMORY_MB: number;
export function isAtLeast(found: string, wanted: string): boolean;
export function goNeeded(toolset: PublishedToolset, root?: string): string;
export function judgeTool(
  toolset: PublishedToolset,
  machine: { readonly go: string | undefined; readonly published: boolean },
): Finding;
export function costOfSetUp(
  packages: Finding,
  binaries: readonly Finding[],
): { readonly minutes: number; readonly megabytes: number };
