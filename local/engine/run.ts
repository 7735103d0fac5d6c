import { existsSync } from "node:fs";
import { join } from "node:path";
import type { OutputMap, Stack } from "@pulumi/pulumi/automation/index.js";
import { PROJECT_ROOT } from "./workspace.ts";
import { complaint, RunReport } from "./report.ts";
import { placeOf, sentenceOf } from "./review.ts";

/** Folder of the policy pack; the engine runs it in every preview and up. */
export function policyPacks(root = PROJECT_ROOT): string[] {
  const pack = join(root, "policies");
  return existsSync(join(pack, "PulumiPolicy.yaml")) ? [pack] : [];
}

export interface UpOptions {
  readonly say: (line: string) => void;
  readonly logFile?: string;
  readonly signal?: AbortSignal;
  readonly onOutput?: (text: string) => void;
}

/** The engine refused or failed: its own error lines, without the tree of unchanged resources. */
export class EngineError extends Error {
  readonly report: RunReport;

  constructor(action: string, report: RunReport, cause: unknown) {
    const violations = report
      .policies([])
      .filter((policy) => policy.level === "mandatory")
      .flatMap(({ name, violations: all }) =>
        all.map(({ urn, message }) => `${name}: ${placeOf(urn)}: ${sentenceOf(message)}`),
      );
    const lines = [...new Set([...report.diagnostics, ...violations])];
    const detail = lines.length > 0 ? lines.join("\n  ") : complaint(cause);
    super(`pulumi ${action} failed:\n  ${detail}`);
    this.report = report;
  }
}

/**
 * A signal for the engine. The Automation API misses an abort that comes before the CLI runs, and a
 * CLI that is interrupted before its first event may not have set its handler yet: an abort is passed
 * on once the engine has begun.
 */
class Interruption {
  readonly #wanted: AbortSignal;
  readonly #passedOn = new AbortController();
  #begun = false;

  constructor(wanted: AbortSignal) {
    this.#wanted = wanted;
    wanted.addEventListener("abort", () => this.#pass(), { once: true });
  }

  get signal(): AbortSignal {
    return this.#passedOn.signal;
  }

  begin(): void {
    this.#begun = true;
    this.#pass();
  }

  #pass(): void {
    if (this.#begun && this.#wanted.aborted) this.#passedOn.abort();
  }
}

/** Brings the stack up; progress is said in whole resources. */
export async function up(
  stack: Stack,
  options: UpOptions,
): Promise<{ report: RunReport; outputs: OutputMap }> {
  const report = new RunReport();
  let done = 0;
  let last = Date.now();
  const interruption = new Interruption(options.signal ?? new AbortController().signal);
  try {
    options.signal?.throwIfAborted();
    const result = await stack.up({
      color: "never",
      policyPacks: policyPacks(),
      suppressOutputs: true,
      signal: interruption.signal,
      ...(options.onOutput === undefined ? {} : { onOutput: options.onOutput }),
      onEvent: (event) => {
        interruption.begin();
        report.onEvent(event);
        if (event.resOutputsEvent === undefined) return;
        done += 1;
        if (Date.now() - last < 5_000) return;
        last = Date.now();
        options.say(
          `pulumi up: ${done} resources done, last ${event.resOutputsEvent.metadata.urn.split("::").slice(2).join(" ")}`,
        );
      },
    });
    return { report, outputs: result.outputs };
  } catch (error) {
    throw new EngineError("up", report, error);
  }
}

interface State {
  readonly resources?: readonly { readonly urn: string; readonly protect?: boolean }[];
}

/** Names of the resources that the state holds as protected. */
async function protectedNames(stack: Stack): Promise<string[]> {
  const exported = await stack.exportStack();
  const state = exported.deployment as State | undefined;
  return (state?.resources ?? [])
    .filter(({ protect }) => protect === true)
    .map(({ urn }) => urn.split("::").slice(2).join(" "));
}

/**
 * Destroys the stack's resources, or none of them: the Automation API skips the preview, and without
 * it the engine deletes everything that is not protected before it meets what is.
 */
export async function destroy(stack: Stack, signal: AbortSignal): Promise<RunReport> {
  const report = new RunReport();
  const interruption = new Interruption(signal);
  const locked = await protectedNames(stack);
  if (locked.length > 0)
    throw new Error(
      `stack ${stack.name} has ${locked.length} protected resources, so nothing is destroyed; set securevpn:protect to false and bring it up first:\n  ${locked.join("\n  ")}`,
    );
  try {
    signal.throwIfAborted();
    await stack.destroy({
      color: "never",
      signal: interruption.signal,
      onEvent: (event) => {
        interruption.begin();
        report.onEvent(event);
      },
    });
    return report;
  } catch (error) {
    throw new EngineError("destroy", report, error);
  }
}

/**
 * Previews the stack by the policies of the project at `root`; throws EngineError on any error, a
 * mandatory policy's violation included.
 */
export async function preview(stack: Stack, root = PROJECT_ROOT): Promise<RunReport> {
  const report = new RunReport();
  try {
    await stack.preview({
      color: "never",
      policyPacks: policyPacks(root),
      onEvent: report.onEvent,
    });
    return report;
  } catch (error) {
    throw new EngineError("preview", report, error);
  }
}
