/**
 * A Node language host for a Pulumi CLI that was built from its Go modules, which lack the official
 * one. It speaks LanguageRuntimeService (pulumi/proto/language.proto) and runs programs and policy
 * packs with the runners that @pulumi/pulumi itself carries. TypeScript is Node's own business here
 * (type stripping), so there is no compile step.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import * as grpc from "@grpc/grpc-js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";

const require = createRequire(import.meta.url);
const languageGrpc = require("@pulumi/pulumi/proto/language_grpc_pb.js") as LanguageGrpc;
const languagePb = require("@pulumi/pulumi/proto/language_pb.js") as LanguagePb;
const pluginPb = require("@pulumi/pulumi/proto/plugin_pb.js") as { PluginInfo: new () => { setVersion(version: string): void } };
const { version } = require("@pulumi/pulumi/package.json") as { version: string };

/** cmd/run ends so after it has told the user itself what is wrong: the engine must add nothing. */
const EXIT_USER_ERROR_SHOWN = 32;

interface Message {
  setError(text: string): void;
  setBail(bail: boolean): void;
  setStdout(chunk: Uint8Array): void;
  setStderr(chunk: Uint8Array): void;
  setExitcode(code: number): void;
}
interface LanguagePb {
  readonly [type: string]: new () => Message;
}
interface LanguageGrpc {
  readonly LanguageRuntimeService: grpc.ServiceDefinition;
}
interface ProgramInfo {
  getRootDirectory(): string;
  getProgramDirectory(): string;
  getEntryPoint(): string;
}
interface RunRequest {
  getProject(): string;
  getStack(): string;
  getOrganization(): string;
  getPwd(): string;
  getArgsList(): string[];
  getConfigMap(): { toArray(): [string, string][] };
  getConfigsecretkeysList(): string[];
  getDryrun(): boolean;
  getParallel(): number;
  getMonitorAddress(): string;
  getInfo(): ProgramInfo;
}
interface RunPluginRequest {
  getPwd(): string;
  getArgsList(): string[];
  getEnvList(): string[];
  getInfo(): ProgramInfo;
}

const { values, positionals } = parseArgs({
  options: { root: { type: "string" }, tracing: { type: "string" }, typescript: { type: "string" } },
  allowPositionals: true,
  strict: false,
});
void values;
const engineAddress = positionals[0] ?? "";

function runnerArguments(request: RunRequest): string[] {
  const info = request.getInfo();
  return [
    require.resolve("@pulumi/pulumi/cmd/run"),
    ...["--monitor", request.getMonitorAddress()],
    ...["--engine", engineAddress],
    ...["--project", request.getProject()],
    ...["--stack", request.getStack()],
    ...["--organization", request.getOrganization()],
    ...["--pwd", request.getPwd() || info.getProgramDirectory()],
    ...["--root-directory", info.getRootDirectory()],
    ...["--parallel", String(request.getParallel())],
    ...(request.getDryrun() ? ["--dry-run"] : []),
    ...["--typescript", "false"],
    info.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

function run(call: grpc.ServerUnaryCall<RunRequest, Message>, reply: grpc.sendUnaryData<Message>): void {
  const request = call.request;
  const response = new (languagePb["RunResponse"] as new () => Message)();
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...runnerArguments(request)], {
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  });
  call.on("cancelled", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    response.setError(`the program could not be started: ${error.message}`);
    reply(null, response);
  });
  child.on("close", (code, signal) => {
    if (code === EXIT_USER_ERROR_SHOWN) response.setBail(true);
    else if (code !== 0) response.setError(`the program ended with ${signal ?? `exit code ${code}`}`);
    reply(null, response);
  });
}

function runPlugin(call: grpc.ServerWritableStream<RunPluginRequest, Message>): void {
  const request = call.request;
  const info = request.getInfo();
  const send = (fill: (message: Message) => void): void => {
    const message = new (languagePb["RunPluginResponse"] as new () => Message)();
    fill(message);
    call.write(message);
  };
  const args = [require.resolve("@pulumi/pulumi/cmd/run-policy-pack"), ...request.getArgsList(), info.getProgramDirectory()];
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    cwd: info.getProgramDirectory(),
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...Object.fromEntries(request.getEnvList().map((pair) => splitPair(pair))) },
  });
  call.on("cancelled", () => child.kill("SIGTERM"));
  child.stdout.on("data", (chunk: Buffer) => send((message) => message.setStdout(chunk)));
  child.stderr.on("data", (chunk: Buffer) => send((message) => message.setStderr(chunk)));
  child.on("close", (code) => {
    send((message) => message.setExitcode(code ?? 1));
    call.end();
  });
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return [pair.slice(0, at), pair.slice(at + 1)];
}

type Unary = (call: unknown, reply: grpc.sendUnaryData<unknown>) => void;

/** The calls that have nothing to say for this project: no plugins to fetch, nothing to install. */
function emptyAnswers(): Record<string, Unary> {
  const types: Record<string, string> = {
    handshake: "LanguageHandshakeResponse",
    getRequiredPlugins: "GetRequiredPluginsResponse",
    getRequiredPackages: "GetRequiredPackagesResponse",
    about: "AboutResponse",
    getProgramDependencies: "GetProgramDependenciesResponse",
    runtimeOptionsPrompts: "RuntimeOptionsResponse",
  };
  const answer = (type: string): Unary => {
    return (_call, reply) => reply(null, new (languagePb[type] as new () => Message)());
  };
  return Object.fromEntries(Object.entries(types).map(([method, type]) => [method, answer(type)]));
}

const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
server.addService(languageGrpc.LanguageRuntimeService, {
  ...emptyAnswers(),
  run: run as grpc.UntypedHandleCall,
  runPlugin: runPlugin as grpc.UntypedHandleCall,
  getPluginInfo: (_call: unknown, reply: grpc.sendUnaryData<unknown>) => {
    const info = new pluginPb.PluginInfo();
    info.setVersion(version);
    reply(null, info);
  },
  cancel: (_call: unknown, reply: grpc.sendUnaryData<unknown>) => reply(null, new emptyPb.Empty()),
} as grpc.UntypedServiceImplementation);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${port}\n`);
});
