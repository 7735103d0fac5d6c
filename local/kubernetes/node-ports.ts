import { spawn } from "node:child_process";
import { createServer, type Socket } from "node:net";
import { isOnNodeNetwork } from "./images.ts";
import type { Pod } from "./objects.ts";
import type { NodeRuntime } from "./runtime.ts";

const RETRY_MS = 500;
/** Joins its standard input and output with a port; a process, since a namespace is one's for life. */
const JOIN = `
const [host, port] = process.argv.slice(1);
const socket = require("node:net").connect({ host, port: Number(port), allowHalfOpen: true });
process.stdin.pipe(socket);
socket.pipe(process.stdout);
socket.on("error", () => process.exit(1));
socket.on("close", () => process.exit(0));
`;

export interface OpenPorts {
  close(): void;
}

/**
 * Makes the ports of what runs in the node's network namespace answer at the node's address outside
 * of it too, where the kubelet's probes and Prometheus are: on a real node both are one network. A
 * connection costs one short process, which is little beside a probe every few seconds.
 */
export function openNodePorts(runtime: NodeRuntime, pod: Pod): OpenPorts {
  const { netns } = runtime.spec;
  if (netns === undefined || netns === "") return { close: () => {} };
  const servers = pod.spec.containers
    .filter(({ image }) => isOnNodeNetwork(image))
    .flatMap(({ ports = [] }) => ports)
    .filter(({ protocol = "TCP" }) => protocol === "TCP")
    .map(({ containerPort }) => listen(runtime, netns, containerPort));
  return { close: () => servers.forEach((close) => close()) };
}

/** Listens until the function that it gives back is called. */
function listen(
  { ctx, spec, wireguardInterface }: NodeRuntime,
  netns: string,
  port: number,
): () => void {
  const host = spec.internalIp;
  const inside = ["netns", "exec", netns, ctx.tools.node, "-e", JOIN, host, String(port)];
  const server = createServer({ allowHalfOpen: true }, (socket) =>
    join(socket, ctx.tools.ip ?? "ip", inside, wireguardInterface),
  );
  // The pod before may be about to close.
  let retry: NodeJS.Timeout | undefined;
  server.on("error", () => {
    retry = setTimeout(() => server.listen(port, host), RETRY_MS).unref();
  });
  server.listen(port, host);
  return () => {
    clearTimeout(retry);
    server.close();
  };
}

function join(socket: Socket, ip: string, args: readonly string[], interfaceName: string): void {
  const child = spawn(ip, args, {
    stdio: ["pipe", "pipe", "ignore"],
    // Marks it as the underlay's, which ends it when all else fails.
    env: { PATH: process.env["PATH"] ?? "", WIREGUARD_INTERFACE: interfaceName },
  });
  socket.pipe(child.stdin);
  child.stdout.pipe(socket);
  for (const stream of [socket, child, child.stdin])
    stream.on("error", () => {
      socket.destroy();
      child.kill();
    });
  socket.once("close", () => child.kill());
}
