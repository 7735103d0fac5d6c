import type * as grpc from "@grpc/grpc-js";
import type { RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb.js";
import { spawnNode } from "./child.ts";
import { languagePb, runner } from "./messages.ts";

/** `NAME=value` as the engine sends it; a value may hold further equals signs. */
function splitPair(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
}

/** Policy packs are analyzers to the engine; its other kinds are providers written in TypeScript. */
const runnerFor = (kind: string) =>
  kind === "" || kind === "analyzer" ? "run-policy-pack" : "run-plugin";

/** Runs a plugin that is a Node folder and streams what it writes: the first line is its port. */
export function runPlugin(
  call: grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>,
): void {
  const request = call.request;
  const folder = request.getInfo()?.getProgramDirectory() || request.getPwd();
  const send = (fill: (message: RunPluginResponse) => void): void => {
    const message = new languagePb.RunPluginResponse();
    fill(message);
    call.write(message);
  };
  const child = spawnNode(
    [runner(runnerFor(request.getKind()), folder), ...request.getArgsList(), folder],
    {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...Object.fromEntries(request.getEnvList().map(splitPair)) },
    },
  );
  call.on("cancelled", () => child.kill("SIGTERM"));
  child.stdout?.on("data", (chunk: Buffer) => send((message) => message.setStdout(chunk)));
  child.stderr?.on("data", (chunk: Buffer) => send((message) => message.setStderr(chunk)));
  child.once("error", (error) =>
    send((message) => message.setStderr(Buffer.from(`${error.message}\n`))),
  );
  child.once("close", (code) => {
    send((message) => message.setExitcode(code ?? 1));
    call.end();
  });
}
