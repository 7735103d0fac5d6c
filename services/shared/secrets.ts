import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Reads a mounted secret file; the error names the file, never its content. */
export function readSecret(directory: string, name: string): string {
  try {
    return readFileSync(join(directory, name), "utf8").trim();
  } catch (error) {
    throw new Error(`secret file ${name} cannot be read in ${directory}`, { cause: error });
  }
}
