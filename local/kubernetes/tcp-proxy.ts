import { connect, createServer, type Server, type Socket } from "node:net";
import type { Backend } from "./backends.ts";

const CONNECT_MS = 1_000;

/**
 * Balances connections of one address over backends, round and round. A connection that fails to one
 * backend is tried on the next, so a pod that died a moment ago costs the client nothing.
 */
export class TcpProxy {
  readonly host: string;
  readonly port: number;
  readonly #backends: () => readonly Backend[];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #turn = 0;

  constructor(host: string, port: number, backends: () => readonly Backend[]) {
    this.host = host;
    this.port = port;
    this.#backends = backends;
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true, pauseOnConnect: true },
      (client) => void this.#serve(client),
    );
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.port, this.host, resolve);
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening)
      await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(client: Socket): Promise<void> {
    this.#track(client);
    client.on("error", () => client.destroy());
    const backends = this.#backends();
    const first = this.#turn++;
    for (let i = 0; i < backends.length && !client.destroyed; i++) {
      const backend = backends[(first + i) % backends.length];
      const upstream = backend === undefined ? undefined : await dial(backend);
      if (upstream !== undefined) {
        this.#join(client, upstream);
        return;
      }
    }
    client.destroy(); // as a Service without endpoints refuses
  }

  #join(client: Socket, upstream: Socket): void {
    this.#track(upstream);
    upstream.on("error", () => client.destroy());
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    client.pipe(upstream);
    upstream.pipe(client);
    client.resume();
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}

function dial(backend: Backend): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({
      host: backend.host,
      port: backend.port,
      allowHalfOpen: true,
      noDelay: true,
    });
    const fail = (): void => {
      socket.destroy();
      resolve(undefined);
    };
    socket.setTimeout(CONNECT_MS, fail);
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.off("error", fail);
      resolve(socket);
    });
  });
}
