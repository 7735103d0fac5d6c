import { createHash } from "node:crypto";
import {
  mkdirSync,
  openSync,
  closeSync,
  fsyncSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** Writes a file so that a crash leaves the old content or the new, never a part. */
export function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  mode = 0o600,
): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const fd = openSync(temporary, "w", mode);
  try {
    writeFileSync(fd, content); // all of it: one write to a disk that is nearly full may take a part
    fsyncSync(fd);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}

interface Row<T> {
  readonly key: string;
  readonly value: T;
}

/**
 * A collection of JSON records, one file each, written atomically. It is what the embedded cloud
 * remembers between runs; the Pulumi state is the engine's and is kept apart.
 */
export class Store<T> {
  readonly #directory: string;
  readonly #rows = new Map<string, T>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const file of readdirSync(directory)) {
      const path = join(directory, file);
      if (!file.endsWith(".json")) {
        rmSync(path, { force: true }); // a temporary file of a run that was killed
        continue;
      }
      const row = JSON.parse(readFileSync(path, "utf8")) as Row<T>;
      this.#rows.set(row.key, row.value);
    }
  }

  get(key: string): T | undefined {
    return this.#rows.get(key);
  }

  set(key: string, value: T): void {
    writeFileAtomically(this.#path(key), JSON.stringify({ key, value } satisfies Row<T>));
    this.#rows.set(key, value);
  }

  delete(key: string): void {
    rmSync(this.#path(key), { force: true });
    this.#rows.delete(key);
  }

  entries(): [string, T][] {
    return [...this.#rows.entries()];
  }

  #path(key: string): string {
    return join(
      this.#directory,
      `${createHash("sha256").update(key).digest("hex").slice(0, 32)}.json`,
    );
  }
}
