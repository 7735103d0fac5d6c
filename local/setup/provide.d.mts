import type { PublishedToolset } from "./toolsets.mjs";

/** Puts missing binaries into the cache: official download, else a build. Throws SetupError. */
export function installTools(toolsets?: readonly PublishedToolset[]): Promise<void>;
