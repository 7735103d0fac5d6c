import type * as grpc from "@grpc/grpc-js";
import type { RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb.js";
import { spawnNode } from "./child.ts";
import { languagePb, runner } from "./messages.ts";

/** cmd/run ends so after it has told the user itself what is wrong: the engine must add nothing. */
const EXIT_USER_ERROR_SHOWN = 32;

function runnerArguments(request: RunRequest, engineAddress: string): string[] {
  const info = request.getInfo();
  return [
    runner("run", info?.getProgramDirectory() ?? ""),
    ...["--monitor", request.getMonitorAddress()],
    ...["--engine", engineAddress],
    ...["--project", request.getProject()],
    ...["--stack", request.getStack()],
    ...["--organization", request.getOrganization()],
    ...["--pwd", request.getPwd() || (info?.getProgramDirectory() ?? "")],
    ...["--root-directory", info?.getRootDirectory() ?? ""],
    ...["--parallel", String(request.getParallel())],
    ...(request.getDryrun() ? ["--dry-run"] : []),
    ...["--typescript", "false"],
    info?.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

function responseFor(code: number | null, signal: NodeJS.Signals | null): RunResponse {
  const response = new languagePb.RunResponse();
  if (code === EXIT_USER_ERROR_SHOWN) response.setBail(true);
  else if (code !== 0)
    response.setError(`the program ended with ${signal ?? `exit code ${String(code)}`}`);
  return response;
}

/** Runs a Pulumi program once, for a preview or an update. */
export function runProgram(engineAddress: string): grpc.handleUnaryCall<RunRequest, RunResponse> {
  return (call, reply) => {
    const request = call.request;
    const child = spawnNode(runnerArguments(request, engineAddress), {
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      },
    });
    call.on("cancelled", () => child.kill("SIGTERM"));
    child.once("error", (error) => {
      const response = new languagePb.RunResponse();
      response.setError(`the program could not be started: ${error.message}`);
      reply(null, response);
    });
    child.once("exit", () => child.removeAllListeners("error"));
    child.once("close", (code, signal) => {
      if (child.pid !== undefined) reply(null, responseFor(code, signal));
    });
  };
}
