import type { PublishedFile } from "./download.mjs";
import type { Binary, Toolset } from "./tools.mjs";

export interface PublishedToolset extends Toolset {
  readonly name: string;
  /** Time of a cold build on 2 cores. */
  readonly minutes: number;
  /** What its binaries take of the disk. */
  readonly megabytes: number;
  readonly binaries: readonly (Binary & { readonly package: string })[];
  readonly ldflags: string;
  readonly files: readonly PublishedFile[];
}

export const TOOLSETS: readonly PublishedToolset[];
