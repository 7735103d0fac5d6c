import { readFileSync } from "node:fs";
import { z } from "zod";
import type { PeerList } from "../domain/peers.ts";

const TIMEOUT_MS = 5_000;
const peer = z.object({ publicKey: z.string().length(44), allowedIps: z.array(z.string()).min(1) });
const registered = z.object({ serverId: z.string(), heartbeatSeconds: z.number().positive(), reconcileSeconds: z.number().positive() });
const peerList = z.object({ epoch: z.number().int().min(0), peers: z.array(peer) });
const beatAnswer = z.object({ draining: z.boolean() });
const addEvent = peer.extend({ epoch: z.number().int() });
const removeEvent = z.object({ epoch: z.number().int(), publicKey: z.string().length(44) });

export type Registered = z.infer<typeof registered>;

export interface Beat {
  readonly peers: number;
  readonly handshakes: readonly { readonly publicKey: string; readonly ageSeconds: number }[];
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly loadRatio: number;
  readonly serving: boolean;
}

export type StreamEvent =
  | { readonly kind: "add"; readonly value: z.infer<typeof addEvent> }
  | { readonly kind: "remove"; readonly value: z.infer<typeof removeEvent> }
  | { readonly kind: "resync" };

/** The selector does not know this server (any more): register again. */
export class NotRegistered extends Error {}

/** Calls of the agents' API; an answer of another shape is an error, never an empty list. */
export class SelectorClient {
  readonly #url: string;
  readonly #tokenFile: string;

  constructor(url: string, tokenFile: string) {
    this.#url = `${url}/internal/v1/servers`;
    this.#tokenFile = tokenFile;
  }

  async register(publicKey: string, udpPort: number, version: string): Promise<Registered> {
    return registered.parse(await this.#json("POST", "/register", { publicKey, udpPort, version }));
  }

  async beat(serverId: string, beat: Beat): Promise<{ draining: boolean }> {
    return beatAnswer.parse(await this.#json("POST", `/${serverId}/heartbeat`, beat));
  }

  async peers(serverId: string): Promise<PeerList> {
    return peerList.parse(await this.#json("GET", `/${serverId}/peers`));
  }

  /** Events until the stream ends; the caller opens it again. */
  async *stream(serverId: string, signal: AbortSignal): AsyncGenerator<StreamEvent | { readonly kind: "open" }> {
    const response = await this.#fetch("GET", `/${serverId}/peers/stream`, undefined, signal);
    if (response.body === null) throw new Error("the stream has no body");
    yield { kind: "open" };
    let buffered = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      buffered += decoder.decode(chunk, { stream: true });
      for (let end = buffered.indexOf("\n\n"); end >= 0; end = buffered.indexOf("\n\n")) {
        const event = parseEvent(buffered.slice(0, end));
        buffered = buffered.slice(end + 2);
        if (event !== undefined) yield event;
      }
    }
  }

  async #json(method: string, path: string, body?: unknown): Promise<unknown> {
    return (await this.#fetch(method, path, body, AbortSignal.timeout(TIMEOUT_MS))).json();
  }

  async #fetch(method: string, path: string, body: unknown, signal: AbortSignal): Promise<Response> {
    // Read each time: the kubelet replaces the token before it ends.
    const token = readFileSync(this.#tokenFile, "utf8").trim();
    const response = await fetch(this.#url + path, {
      method,
      signal,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.status === 404) throw new NotRegistered(`${method} ${path.split("/").at(-1) ?? ""}: not registered`);
    if (!response.ok) throw new Error(`the selector answered ${response.status}`);
    return response;
  }
}

function parseEvent(block: string): StreamEvent | undefined {
  const field = (name: string): string | undefined => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const kind = field("event");
  const data: unknown = JSON.parse(field("data") ?? "{}");
  if (kind === "add") return { kind, value: addEvent.parse(data) };
  if (kind === "remove") return { kind, value: removeEvent.parse(data) };
  return kind === "resync" ? { kind } : undefined;
}
