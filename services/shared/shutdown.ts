import type { Server } from "node:http";
import type { Logger } from "./log.ts";

export interface ShutdownOptions {
  readonly log: Logger;
  readonly servers: readonly Server[];
  /** Called first, so that readiness answers no while requests still run. */
  readonly leave: () => void;
  /** Closes pools and clients, after the last request. */
  readonly close: () => Promise<void>;
  readonly timeoutMs?: number;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

/** Drains on SIGTERM and SIGINT: not ready, no new connections, running requests end, then exit. */
export function shutdownOnSignal(options: ShutdownOptions): void {
  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    options.log.info({ signal }, "draining");
    options.leave();
    const timer = setTimeout(() => {
      options.log.warn("requests did not end in time");
      process.exit(1);
    }, options.timeoutMs ?? 20_000);
    // An idle keep-alive connection opened again between two sweeps must not hold the exit.
    const sweep = setInterval(
      () => options.servers.forEach((server) => server.closeIdleConnections()),
      200,
    );
    await Promise.all(options.servers.map(closeServer));
    clearInterval(sweep);
    await options.close();
    clearTimeout(timer);
    options.log.info("stopped");
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop(signal));
}
