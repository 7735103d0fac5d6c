import type { Replica } from "./selector-processes.ts";

export const REDIS_HOST = "127.54.0.20";

export interface Called {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, as loosely as a test asserts on it. */
  readonly json: ReturnType<typeof JSON.parse>;
}

/** One call; a body that is a string is sent as it is. */
export async function call(
  url: string,
  method: string,
  token?: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Called> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get("content-type")?.includes("json") === true;
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  };
}

export interface AgentStream {
  /** Data of the next event of a kind; others are skipped. */
  next(event: string): Promise<Record<string, unknown>>;
  close(): void;
}

/** An agent's stream of peers, open when this resolves. */
export async function agentStream({ internalUrl }: Replica, node: string): Promise<AgentStream> {
  const abort = new AbortController();
  const answer = await fetch(`${internalUrl}/internal/v1/servers/peers/stream`, {
    headers: { authorization: `Bearer agent.${node}` },
    signal: abort.signal,
  });
  const reader = answer.body?.getReader();
  if (!answer.ok || reader === undefined) throw new Error(`the stream answered ${answer.status}`);
  const decoder = new TextDecoder();
  let text = "";
  const block = async (): Promise<string> => {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end >= 0) {
        const found = text.slice(0, end);
        text = text.slice(end + 2);
        return found;
      }
      const { done, value } = await reader.read();
      if (done) throw new Error("the stream ended");
      text += decoder.decode(value, { stream: true });
    }
  };
  await block();
  return {
    next: async (event) => {
      for (;;) {
        const found = await block();
        if (found.startsWith(`event: ${event}\n`))
          return JSON.parse(found.slice(found.indexOf("data: ") + 6));
      }
    },
    close: () => abort.abort(),
  };
}
