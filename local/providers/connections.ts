import type * as grpc from "@grpc/grpc-js";
import type { CallOptions, Properties } from "./provider.ts";

interface Connection {
  readonly configuration: Properties;
  readonly abort: AbortController;
}

/**
 * What each of the engine's connections was configured with. The engine opens one a provider
 * resource, and says nothing else that would tell two provider resources of one package apart.
 */
export class Connections {
  readonly #byPeer = new Map<string, Connection>();

  configure(peer: string, configuration: Properties): void {
    // A new record: a port that is used again must not inherit an earlier engine's cancel.
    this.#byPeer.set(peer, { configuration, abort: new AbortController() });
  }

  configuration(peer: string): Properties {
    return this.#of(peer).configuration;
  }

  /** Options of one call; its signal ends with the call, the connection's cancel, or the server. */
  options(call: grpc.ServerUnaryCall<unknown, unknown>, preview: boolean): CallOptions {
    const connection = this.#of(call.getPeer());
    const ended = new AbortController();
    call.on("cancelled", () => ended.abort());
    return {
      preview,
      configuration: connection.configuration,
      signal: AbortSignal.any([connection.abort.signal, ended.signal]),
    };
  }

  cancel(peer: string): void {
    this.#byPeer.get(peer)?.abort.abort(new Error("the engine cancelled the operation"));
  }

  cancelAll(): void {
    for (const peer of this.#byPeer.keys()) this.cancel(peer);
  }

  #of(peer: string): Connection {
    let connection = this.#byPeer.get(peer);
    if (connection === undefined) {
      connection = { configuration: {}, abort: new AbortController() };
      this.#byPeer.set(peer, connection);
    }
    return connection;
  }
}
