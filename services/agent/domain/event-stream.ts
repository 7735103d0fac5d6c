export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** A block longer than this is no event of ours. */
const MAX_BLOCK = 64 * 1024;

/** Cuts a stream of text into server-sent events; comments are dropped. */
export class EventStreamParser {
  #text = "";

  /** Events that are complete with this chunk; throws on one that has no end. */
  push(chunk: string): ServerSentEvent[] {
    const blocks = (this.#text + chunk).replace(/\r\n/g, "\n").split("\n\n");
    this.#text = blocks.pop() ?? "";
    if (this.#text.length > MAX_BLOCK) throw new Error("an event of the stream has no end");
    return blocks.map(parseBlock).filter(({ event }) => event !== "");
  }
}

function parseBlock(block: string): ServerSentEvent {
  const values = (field: string): string[] =>
    block
      .split("\n")
      .flatMap((line) =>
        line.startsWith(`${field}:`) ? [line.slice(field.length + 1).replace(/^ /, "")] : [],
      );
  return { event: values("event").at(-1) ?? "", data: values("data").join("\n") };
}
