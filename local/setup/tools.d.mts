import type { Tools } from "../cloud/context.ts";

export interface Binary {
  readonly name: string;
  readonly versionArgs: readonly string[];
}

export interface Toolset {
  readonly directory: string;
  readonly version: string;
  readonly binaries: readonly Binary[];
  fits(version: string): boolean;
}

export const ROOT: string;

/** Absolute paths of all binaries. */
export function resolveTools(env?: NodeJS.ProcessEnv): Tools;
/** PATH with Node 24, the Pulumi CLI and, where the official one is missing, our language host. */
export function toolEnvironment(
  nodeDirectory?: string,
  env?: NodeJS.ProcessEnv,
): { PATH: string; SECUREVPN_LANGUAGE_HOST: string };
export function cacheDirectory(env?: NodeJS.ProcessEnv): string;
export function toolsetDirectory(toolset: Toolset, env?: NodeJS.ProcessEnv): string;
export function onPath(name: string, path?: string): string | undefined;
export function versionOf(file: string, args: readonly string[]): string | undefined;
export function locate(
  toolset: Toolset,
  binary: Binary,
  env?: NodeJS.ProcessEnv,
): string | undefined;
export function missingBinaries(toolset: Toolset, env?: NodeJS.ProcessEnv): Binary[];
