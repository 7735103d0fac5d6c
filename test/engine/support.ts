import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "mocha";
import { Region } from "../../local/commands/region.ts";
import { RunReport } from "../../local/engine/report.ts";
import { up } from "../../local/engine/run.ts";
import type { Provider } from "../../local/providers/provider.ts";
import { resolveTools } from "../../local/setup/tools.mjs";

/** A slot of its own: a developer's region may run beside the tests. */
export const ENGINE_SLOT = "1";

/**
 * Skips the suite with one loud line when the machine lacks a tool that it needs; in CI set-up must
 * have installed it, so there the lack is a failure.
 */
export function needsTools(suite: Context): void {
  const tools = resolveTools();
  const needed = [
    "pulumi",
    "etcd",
    "kubeApiserver",
    "kubeControllerManager",
    "kubeScheduler",
    "redisServer",
  ] as const;
  const missing = needed.filter((name) => tools[name] === undefined);
  if (missing.length === 0) return;
  if (process.env["CI"] === "true") assert.fail(`missing in CI: ${missing.join(", ")}`);
  process.stderr.write(`\nSKIPPED: the engine suite needs ${missing.join(", ")}\n\n`);
  suite.skip();
}

export const freshStateDir = (): string => mkdtempSync(join(tmpdir(), "securevpn-engine-"));

export interface OpenOptions {
  readonly stateDir: string;
  readonly intercept?: (provider: Provider) => Provider;
  readonly said?: string[];
}

export function openRegion({ stateDir, intercept, said = [] }: OpenOptions): Promise<Region> {
  process.env["SECUREVPN_SLOT"] = ENGINE_SLOT;
  return Region.open({
    stateDir,
    stack: "local",
    what: "the engine tests",
    say: (line) => void said.push(line),
    ...(intercept === undefined ? {} : { intercept }),
  });
}

/** Name parts of the resources that a run changed: `update kubernetes:apps/v1:Deployment auth`. */
export function changesOf(report: RunReport): string[] {
  return [...report.steps]
    .map(
      ([urn, step]) =>
        `${step} ${(urn.split("::")[2] ?? "").split("$").at(-1) ?? ""} ${urn.split("::")[3] ?? ""}`,
    )
    .sort();
}

export async function upRegion(
  region: Region,
  config: Readonly<Record<string, unknown>> = {},
): Promise<RunReport> {
  const stack = await region.stack(config);
  return (await up(stack, { say: () => {} })).report;
}

/** `pulumi refresh`: what it found different. */
export async function refreshRegion(
  region: Region,
  config: Readonly<Record<string, unknown>> = {},
): Promise<RunReport> {
  const stack = await region.stack(config);
  const report = new RunReport();
  await stack.refresh({ color: "never", onEvent: report.onEvent });
  return report;
}

/** One HTTPS request to the region's entry on a connection of its own; undefined: it failed. */
export function call(
  region: Region,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown } | undefined> {
  const { balancer } = region.cloud.context.addresses;
  return new Promise((resolve) => {
    const sent = request(
      {
        host: balancer.host,
        port: balancer.port,
        servername: "localhost",
        method,
        path,
        ca: region.cloud.context.ca.pem,
        agent: false,
        timeout: 5_000,
        headers: { "content-type": "application/json" },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            body: text === "" ? undefined : JSON.parse(text),
          }),
        );
      },
    );
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => resolve(undefined));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
