import type { KeyObject } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { publicKeys } from "../../shared/jwt.ts";
import type { Logger } from "../../shared/log.ts";
import { limitedText } from "../../shared/limited-text.ts";

/** A new key is published this long before it signs, at least: every verifier has it by then. */
const REFRESH_MS = 60_000;
const RETRY_MS = 1_000;
const FETCH_TIMEOUT_MS = 2_000;
/** Ours has under 1 kB; what stands at the address must not fill our memory. */
const MAX_BYTES = 64 * 1024;

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const jwksSchema = z.object({
  keys: z
    .array(
      z.object({
        kty: z.literal("EC"),
        crv: z.literal("P-256"),
        x: coordinate,
        y: coordinate,
        kid: z.string().min(1),
        use: z.literal("sig"),
        alg: z.literal("ES256"),
      }),
    )
    .min(1),
});

export interface RemoteJwksOptions {
  /** Full URL of the key set, e.g. `http://auth.../.well-known/jwks.json`. */
  readonly url: string;
  readonly log: Logger;
  readonly refreshMs?: number;
  readonly retryMs?: number;
}

/**
 * Public keys of an issuer, fetched by the clock and never because of a token: a stream of made-up
 * `kid`s causes no request. When the issuer does not answer, the last keys go on to verify, so its
 * restart stops nobody; a key that it withdraws is gone after one interval.
 */
export class RemoteJwks {
  readonly #options: RemoteJwksOptions;
  readonly #stop = new AbortController();
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  #document = "";
  #running: Promise<void> | undefined;

  constructor(options: RemoteJwksOptions) {
    this.#options = options;
  }

  /** Keys by id; empty until the first answer. */
  keys(): ReadonlyMap<string, KeyObject> {
    return this.#keys;
  }

  get ready(): boolean {
    return this.#keys.size > 0;
  }

  /** Fetches now and then by the clock, until `close`. Does not wait for the first answer. */
  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log, refreshMs = REFRESH_MS, retryMs = RETRY_MS } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const fetched = await this.#refresh().then(
        () => true,
        (error: unknown) => {
          if (!signal.aborted)
            log.warn({ err: error, url: this.#options.url }, "token keys cannot be fetched");
          return false;
        },
      );
      await sleep(fetched || this.ready ? refreshMs : retryMs, undefined, { signal }).catch(
        () => {},
      );
    }
  }

  async #refresh(): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]);
    const response = await fetch(this.#options.url, { signal, redirect: "error" });
    const text = await limitedText(
      response,
      MAX_BYTES,
      () => new Error(`the key set is larger than ${MAX_BYTES} bytes`),
    );
    if (!response.ok) throw new Error(`status ${response.status}`);
    // The same document keeps the same key objects: verifiers cache by them.
    if (text === this.#document) return;
    this.#keys = publicKeys(jwksSchema.parse(JSON.parse(text)).keys);
    this.#document = text;
  }
}
