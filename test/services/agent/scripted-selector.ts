import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";
import type { Peer } from "../../../services/agent/domain/peers.ts";

/** How the list of peers is answered. */
export type ListMode =
  "right" | "empty" | "html" | "failed" | "garbled items" | "no peers key" | "cut" | "foreign json";

interface Call {
  readonly path: string;
  readonly token: string;
  readonly body: unknown;
}

const registration = z.strictObject({
  publicKey: z.string(),
  udpPort: z.number(),
  version: z.string(),
});
const beat = z.strictObject({
  peers: z.number(),
  handshakes: z.array(z.strictObject({ publicKey: z.string(), ageSeconds: z.number() })),
  rxBytes: z.number(),
  txBytes: z.number(),
  loadRatio: z.number(),
  serving: z.boolean(),
});

/** The selector's internal port as a test wants it to behave. */
export class ScriptedSelector {
  readonly calls: Call[] = [];
  readonly #server: Server;
  readonly #streams = new Set<ServerResponse>();
  peers: Peer[] = [];
  epoch = 1;
  listMode: ListMode = "right";
  knowsServer = true;
  reconcileSeconds = 0.2;

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string")
      throw new Error("the selector does not listen");
    return `http://127.0.0.1:${address.port}`;
  }

  count(path: string): number {
    return this.calls.filter((call) => call.path === path).length;
  }

  get registrations(): z.infer<typeof registration>[] {
    return this.calls
      .filter(({ path }) => path === "/register")
      .map(({ body }) => registration.parse(body));
  }

  get beats(): z.infer<typeof beat>[] {
    return this.calls
      .filter(({ path }) => path === "/heartbeat")
      .map(({ body }) => beat.parse(body));
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  push(event: "add" | "remove", data: object): void {
    for (const stream of this.#streams)
      stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  cutStreams(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  close(): Promise<void> {
    this.cutStreams();
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const path = (request.url ?? "").replace("/internal/v1/servers", "");
    const token = (request.headers.authorization ?? "").replace("Bearer ", "");
    this.calls.push({ path, token, body: text === "" ? undefined : JSON.parse(text) });
    const json = (status: number, value: unknown): void =>
      void response
        .writeHead(status, { "content-type": "application/json" })
        .end(JSON.stringify(value));
    if (path === "/register") {
      this.knowsServer = true;
      json(200, {
        serverId: "local-a-1",
        heartbeatSeconds: 0.1,
        reconcileSeconds: this.reconcileSeconds,
      });
    } else if (path === "/heartbeat") {
      if (this.knowsServer) json(200, { draining: false });
      else json(404, { title: "Not found" });
    } else if (path === "/peers") this.#list(response, json);
    else if (path === "/peers/stream") {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(": open\n\n");
      this.#streams.add(response);
      response.on("close", () => this.#streams.delete(response));
    } else json(404, {});
  }

  #list(response: ServerResponse, json: (status: number, value: unknown) => void): void {
    const whole = JSON.stringify({ epoch: this.epoch, peers: this.peers });
    switch (this.listMode) {
      case "right":
        return void response.writeHead(200, { "content-type": "application/json" }).end(whole);
      case "empty":
        return json(200, { epoch: this.epoch, peers: [] });
      case "html":
        return void response
          .writeHead(200, { "content-type": "text/html" })
          .end("<html><body>maintenance</body></html>");
      case "failed":
        return json(500, { title: "Internal error" });
      case "garbled items":
        return json(200, {
          epoch: this.epoch + 1,
          peers: this.peers.map((peer) => ({ ...peer, publicKey: "AAAA" })),
        });
      case "no peers key":
        return json(200, { epoch: this.epoch + 1 });
      case "foreign json":
        return json(200, []);
      case "cut":
        response.writeHead(200, {
          "content-type": "application/json",
          "content-length": String(whole.length),
        });
        response.write(whole.slice(0, whole.length / 2), () => response.destroy());
    }
  }
}
