import { join } from "node:path";
import type { OutputMap } from "@pulumi/pulumi/automation/index.js";
import { runDemo, type DemoResult } from "../demo/client.ts";
import { up } from "../engine/run.ts";
import { parseCommand, stateDirectory, UsageError } from "./arguments.ts";
import { command, say as sayLine } from "./command.ts";
import { endOf, interrupted, type Interruption } from "./interrupt.ts";
import { Region } from "./region.ts";
import { renderRegion } from "./screen.ts";

const STACK = "local";
const startedAt = Date.now();
const seconds = (sinceMs: number): string => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;
const say = (line: string): void => sayLine(`[${seconds(startedAt).padStart(7)}] ${line}`);

function textOutput(outputs: OutputMap, name: string): string {
  const value: unknown = outputs[name]?.value;
  if (typeof value !== "string") throw new Error(`the program has no output "${name}"`);
  return value;
}

async function deploy(region: Region, signal: AbortSignal): Promise<OutputMap> {
  region.enter("deploying");
  const stack = await region.stack();
  signal.throwIfAborted();
  const from = Date.now();
  say("pulumi up runs (the very program that goes to AWS)");
  const { report, outputs } = await up(stack, { say, signal });
  const { create, update, replace, delete: gone, same } = report.changes;
  say(
    `pulumi up took ${seconds(from)}: ${create} created, ${update} updated, ${replace} replaced, ${gone} deleted, ${same} unchanged`,
  );
  return outputs;
}

async function demonstrate(
  region: Region,
  outputs: OutputMap,
  signal: AbortSignal,
): Promise<DemoResult> {
  const { context, kubeconfigFile } = region.cloud;
  const { port } = context.addresses.balancer;
  const apiUrl = `https://localhost:${port}`;
  region.enter("deploying", {
    apiUrl,
    caFile: context.ca.file,
    kubeconfig: kubeconfigFile,
    psql: region.cloud.psqlCommands(),
  });
  say(`region ${textOutput(outputs, "region")} is up; a demo client connects`);
  return runDemo({ apiUrl, caPem: context.ca.pem, underlay: region.cloud.underlay, say, signal });
}

function show(region: Region, demo: DemoResult): void {
  const { context, kubeconfigFile } = region.cloud;
  process.stdout.write(
    `\n${renderRegion({
      parts: context.parts.list(),
      demo,
      apiUrl: `https://localhost:${context.addresses.balancer.port}`,
      caFile: context.ca.file,
      kubeconfig: kubeconfigFile,
      psql: region.cloud.psqlCommands(),
      stop: 'Ctrl-C stops it and keeps its data; "npm start" brings it back; "npm run destroy" removes it.',
    })}\n`,
  );
}

/** Deploys, demonstrates and shows; answers whether every step of the demo held. */
async function bringUp(region: Region, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const outputs = await deploy(region, signal);
  const demo = await demonstrate(region, outputs, signal);
  signal.throwIfAborted();
  region.enter("ready");
  show(region, demo);
  say(`ready after ${seconds(startedAt)}`);
  return demo.ok;
}

/** Runs an open region until its work is done or it is stopped; answers the exit code. */
async function run(region: Region, once: boolean, stopped: Promise<Interruption>): Promise<number> {
  const abort = new AbortController();
  let interruption: Interruption | undefined;
  void stopped.then((how) => {
    interruption = how;
    abort.abort();
  });
  try {
    const held = await bringUp(region, abort.signal);
    if (once) return held ? 0 : 1;
  } catch (error) {
    if (interruption === undefined) say(`logs lie in ${join(region.stateDir, "logs")}`);
    if (interruption === undefined || interruption.failure !== undefined) {
      throw interruption?.failure ?? error;
    }
    return interruption.exitCode;
  }
  return endOf(await stopped);
}

command(async () => {
  const usage = "npm start [-- --once] [--fresh]";
  const options = {
    once: { type: "boolean", default: false },
    fresh: { type: "boolean", default: false },
  } as const;
  const { values } = parseCommand(usage, options);
  if (process.platform !== "linux")
    throw new UsageError("the embedded cloud runs on Linux (x64, arm64) only");
  const stopped = interrupted();
  const stateDir = stateDirectory();
  const region = await Region.open(
    { stateDir, stack: STACK, what: "npm start", say },
    values.fresh,
  );
  try {
    return await run(region, values.once, stopped);
  } finally {
    await region.close();
    say("everything is stopped; the data is kept");
  }
});
