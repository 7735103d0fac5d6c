import { fileURLToPath } from "node:url";
import { writeFileAtomically } from "./store.ts";

/** Environment variable by which the resolver module finds the zone file. */
export const ZONE_FILE_VARIABLE = "SECUREVPN_ZONE_FILE";

/**
 * The cloud's names. Node processes resolve them through `resolve.mjs` (NODE_OPTIONS=--import),
 * which reads the zone file again whenever it changes.
 */
export class Zone {
  readonly file: string;
  readonly #names = new Map<string, string>();

  constructor(file: string) {
    this.file = file;
    this.#write();
  }

  set(name: string, address: string): void {
    if (this.#names.get(name) === address) return;
    this.#names.set(name, address);
    this.#write();
  }

  delete(name: string): void {
    if (this.#names.delete(name)) this.#write();
  }

  /** Address of a name, for parts inside the cloud's own process. */
  resolve(name: string): string | undefined {
    return this.#names.get(name);
  }

  /** Variables that make a Node process resolve the cloud's names. */
  environment(): Record<string, string> {
    return {
      NODE_OPTIONS: `--import ${fileURLToPath(new URL("./resolve.mjs", import.meta.url))}`,
      [ZONE_FILE_VARIABLE]: this.file,
    };
  }

  #write(): void {
    writeFileAtomically(this.file, JSON.stringify(Object.fromEntries(this.#names)), 0o644);
  }
}
