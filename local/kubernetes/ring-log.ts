import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;

/**
 * Log file of one container. The processes append to it themselves, so a log survives the cloud's own
 * end; when it grows past its limit the newest half is kept (copy and truncate: a line written in
 * between is lost, which a pipe through this process would not do but a kill -9 of it would).
 */
export class RingLog {
  readonly file: string;
  readonly #maxBytes: number;
  /** Where the present and the previous run of the container begin. */
  #currentStart = 0;
  #previousStart = 0;

  constructor(file: string, maxBytes = DEFAULT_MAX_BYTES) {
    this.file = file;
    this.#maxBytes = maxBytes;
    mkdirSync(dirname(file), { recursive: true });
    this.#currentStart = this.#previousStart = this.size();
  }

  size(): number {
    return existsSync(this.file) ? statSync(this.file).size : 0;
  }

  /** Called before each run: `kubectl logs` shows a run, `--previous` the one before. */
  beginRun(): void {
    this.#previousStart = this.#currentStart;
    this.#currentStart = this.size();
  }

  currentRange(): { from: number; to: number | undefined } {
    return { from: Math.min(this.#currentStart, this.size()), to: undefined };
  }

  previousRange(): { from: number; to: number } {
    return {
      from: Math.min(this.#previousStart, this.size()),
      to: Math.min(this.#currentStart, this.size()),
    };
  }

  read(from: number, to: number): Buffer {
    if (to <= from || !existsSync(this.file)) return Buffer.alloc(0);
    const fd = openSync(this.file, "r");
    try {
      const buffer = Buffer.alloc(to - from);
      return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from));
    } finally {
      closeSync(fd);
    }
  }

  append(line: string): void {
    const fd = openSync(this.file, "a", 0o600);
    writeSync(fd, `${line}\n`);
    closeSync(fd);
  }

  /** Keeps the file within its limit; called now and then. */
  trim(): void {
    const size = this.size();
    if (size <= this.#maxBytes) return;
    const tail = this.read(size - Math.floor(this.#maxBytes / 2), size);
    const kept = tail.subarray(tail.indexOf("\n") + 1);
    const fd = openSync(this.file, "a+");
    ftruncateSync(fd, 0);
    writeSync(fd, kept);
    closeSync(fd);
    const cut = size - kept.length;
    this.#currentStart = Math.max(0, this.#currentStart - cut);
    this.#previousStart = Math.max(0, this.#previousStart - cut);
  }
}
