import { createHash } from "node:crypto";
import { brotliDecompressSync } from "node:zlib";
import { Secret, type Recorded } from "../infra/support/program.ts";
import { at } from "../infra/support/read.ts";

/** A longer text (a dashboard, a script) is told by its hash; shorter ones are read in review. */
const LONGEST_TEXT = 4_000;
const HASHED_NAME = /^(.+)-[0-9a-f]{10}$/;
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const BROTLI = /\.br$/;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

const hashOf = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex").slice(0, 12);

/**
 * Turns inputs into what a golden file shows: secrets masked, content as a hash, names that carry
 * a content's hash without it, JSON texts opened. So a new bundle changes one line.
 */
export class Normaliser {
  /** Hash-named objects and their names without the hash. */
  readonly #names = new Map<string, string>();

  constructor(resources: readonly Recorded[]) {
    for (const { type, inputs } of resources) {
      const name = at(inputs, "metadata.name");
      if (type !== CONFIG_MAP || typeof name !== "string") continue;
      const base = HASHED_NAME.exec(name)?.[1];
      if (base !== undefined) this.#names.set(name, `${base}-<hash>`);
    }
  }

  value(value: unknown, key = ""): unknown {
    if (value instanceof Secret) return "<secret>";
    if (typeof value === "string") return this.#text(value, key);
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (!isRecord(value)) return value;
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(
      entries
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, item]) => [name, this.value(item, name)]),
    );
  }

  #text(text: string, key: string): unknown {
    const named = this.#names.get(text);
    if (named !== undefined) return named;
    // Decompressed: another release of the compressor may give other bytes of the same code.
    if (BROTLI.test(key)) {
      return `<bundle sha256:${hashOf(brotliDecompressSync(Buffer.from(text, "base64")))}>`;
    }
    const opened = jsonIn(text);
    if (opened !== undefined && text.length <= LONGEST_TEXT)
      return { "<json>": this.value(opened) };
    return text.length <= LONGEST_TEXT ? text : `<text sha256:${hashOf(text)}>`;
  }
}

function jsonIn(text: string): unknown {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined; // it only looked like JSON
  }
}
