import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { beatenShape, parsePeerList, registeredShape, type PeerList } from "../domain/answers.ts";
import type { Handshake } from "../domain/activity.ts";
import { EventStreamParser, type ServerSentEvent } from "../domain/event-stream.ts";
import { limitedText } from "../../shared/limited-text.ts";

const TIMEOUT_MS = 5_000;
/** The selector writes at least a comment every 15 s; three missed ones are a dead stream. */
const STREAM_SILENCE_MS = 45_000;
/** 20,000 peers of 150 bytes, with room. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** An answer that cannot be used. */
export class SelectorFailure extends Error {
  readonly status: number | undefined;

  constructor(message: string, status?: number, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }

  /** The selector does not know this server (any more). */
  get unknownServer(): boolean {
    return this.status === 404;
  }
}

export interface Registration {
  readonly publicKey: string;
  readonly udpPort: number;
  readonly version: string;
}

export interface Beat {
  readonly peers: number;
  readonly handshakes: readonly Handshake[];
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly loadRatio: number;
  readonly serving: boolean;
}

/** The agents' API of the selector. Every call has an end, and shows the token as it is on the disk now. */
export class SelectorClient {
  readonly #base: string;
  readonly #tokenFile: string;
  readonly #silenceMs: number;

  constructor(options: {
    readonly url: string;
    readonly tokenFile: string;
    readonly streamSilenceMs?: number;
  }) {
    this.#base = `${options.url}/internal/v1/servers`;
    this.#tokenFile = options.tokenFile;
    this.#silenceMs = options.streamSilenceMs ?? STREAM_SILENCE_MS;
  }

  register(
    registration: Registration,
    signal: AbortSignal,
  ): Promise<z.infer<typeof registeredShape>> {
    return this.#json("POST", "/register", registeredShape, signal, registration);
  }

  beat(beat: Beat, signal: AbortSignal): Promise<z.infer<typeof beatenShape>> {
    return this.#json("POST", "/heartbeat", beatenShape, signal, beat);
  }

  async peers(signal: AbortSignal): Promise<PeerList> {
    const list = parsePeerList(await this.#call("GET", "/peers", signal));
    if (list === undefined) throw new SelectorFailure("the list of peers has another shape");
    return list;
  }

  /** Events until the stream ends or falls silent; `onOpen` is called when it stands. */
  async stream(
    onOpen: () => void,
    onEvent: (event: ServerSentEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const silence = new AbortController();
    const stop = AbortSignal.any([signal, silence.signal]);
    const watchdog = setTimeout(() => silence.abort(), this.#silenceMs);
    try {
      const answer = await fetch(`${this.#base}/peers/stream`, {
        headers: await this.#headers(),
        signal: stop,
        redirect: "error",
      });
      const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
      if (!answer.ok || !isStream)
        throw new SelectorFailure(`the stream answered ${answer.status}`, answer.status);
      onOpen();
      const parser = new EventStreamParser();
      const decoder = new TextDecoder();
      const body: AsyncIterable<Uint8Array> | null = answer.body;
      for await (const chunk of body ?? []) {
        watchdog.refresh();
        for (const event of parser.push(decoder.decode(chunk, { stream: true }))) onEvent(event);
      }
    } finally {
      clearTimeout(watchdog);
      silence.abort();
    }
  }

  async #json<T>(
    method: string,
    path: string,
    shape: z.ZodType<T>,
    signal: AbortSignal,
    body?: unknown,
  ): Promise<T> {
    const parsed = shape.safeParse(await this.#call(method, path, signal, body));
    if (!parsed.success) throw new SelectorFailure(`${path} answered in another shape`);
    return parsed.data;
  }

  async #call(method: string, path: string, signal: AbortSignal, body?: unknown): Promise<unknown> {
    const answer = await fetch(this.#base + path, {
      method,
      headers: {
        ...(await this.#headers()),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      redirect: "error",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await limitedText(
      answer,
      MAX_ANSWER_BYTES,
      () => new SelectorFailure("an answer is too large"),
    );
    if (!answer.ok) throw new SelectorFailure(`${path} answered ${answer.status}`, answer.status);
    try {
      return JSON.parse(text);
    } catch {
      // The parser's message would repeat the body.
      throw new SelectorFailure(`${path} answered no JSON`);
    }
  }

  async #headers(): Promise<Record<string, string>> {
    return { authorization: `Bearer ${(await readFile(this.#tokenFile, "utf8")).trim()}` };
  }
}
