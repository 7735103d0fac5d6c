/**
 * A Node language host for a Pulumi CLI that was built from its Go modules, which lack the official
 * one. It speaks LanguageRuntimeService (pulumi/proto/language.proto) and runs programs and policy
 * packs with the runners that @pulumi/pulumi itself carries. TypeScript is Node's own business here
 * (type stripping), so there is no compile step.
 */
import { parseArgs } from "node:util";
import * as grpc from "@grpc/grpc-js";
import { stopChildren } from "./child.ts";
import { emptyPb, languagePb, LanguageRuntimeService, pluginPb, sdkVersion } from "./messages.ts";
import { runPlugin } from "./plugin.ts";
import { runProgram } from "./program.ts";

/** How often the host looks whether its engine still lives: no parent must mean no orphan. */
const PARENT_CHECK_MS = 1_000;

/** A call that has nothing to say for this project: no plugins to fetch, no options to ask for. */
const answer =
  <T>(make: () => T): grpc.handleUnaryCall<unknown, T> =>
  (_call, reply) =>
    reply(null, make());

function pluginInfo(): InstanceType<typeof pluginPb.PluginInfo> {
  const info = new pluginPb.PluginInfo();
  info.setVersion(sdkVersion);
  return info;
}

/** Packages are set-up's business (npm ci from the lockfile). */
function installDependencies(call: grpc.ServerWritableStream<unknown, unknown>): void {
  const message = new languagePb.InstallDependenciesResponse();
  message.setStdout(Buffer.from('packages come from "npm ci"\n'));
  call.write(message);
  call.end();
}

const { positionals } = parseArgs({
  // Flags that the CLI gives to every host; this one needs none of them.
  options: {
    root: { type: "string" },
    tracing: { type: "string" },
    typescript: { type: "string" },
  },
  allowPositionals: true,
  strict: false,
});
const server = new grpc.Server({
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
});
server.addService(LanguageRuntimeService, {
  handshake: answer(() => new languagePb.LanguageHandshakeResponse()),
  getRequiredPlugins: answer(() => new languagePb.GetRequiredPluginsResponse()),
  getRequiredPackages: answer(() => new languagePb.GetRequiredPackagesResponse()),
  getProgramDependencies: answer(() => new languagePb.GetProgramDependenciesResponse()),
  runtimeOptionsPrompts: answer(() => new languagePb.RuntimeOptionsResponse()),
  about: answer(() => new languagePb.AboutResponse()),
  getPluginInfo: answer(pluginInfo),
  installDependencies,
  run: runProgram(positionals[0] ?? ""),
  runPlugin,
  cancel: (_call: unknown, reply: grpc.sendUnaryData<InstanceType<typeof emptyPb.Empty>>) => {
    stopChildren();
    reply(null, new emptyPb.Empty());
  },
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${port}\n`);
});

const engine = process.ppid;
setInterval(() => {
  if (process.ppid === engine) return;
  stopChildren();
  process.exit(1);
}, PARENT_CHECK_MS).unref();
