import type { Tools } from "../cloud/context.ts";

/** Absolute paths of all binaries. */
export function resolveTools(): Tools;
export function installTools(root: string): Promise<void>;
export function cacheDirectory(env?: NodeJS.ProcessEnv): string;
export function onPath(name: string, path?: string): string | undefined;
export function hasVersion(file: string, args: readonly string[], version: string): boolean;
