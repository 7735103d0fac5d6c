/** A value that is not known yet (a preview). */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** A value the engine must keep encrypted. */
export class Secret {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

export type Value =
  null | boolean | number | string | Value[] | { [key: string]: Value } | Secret | typeof UNKNOWN;
export type Properties = { [key: string]: Value };

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface DiffResult {
  /** Top-level properties (or paths) that differ. Empty: no change. */
  readonly changes: readonly string[];
  /** Those that force a replacement. */
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace?: boolean;
}

export interface ResourceRef {
  readonly urn: string;
  /** Type token, e.g. `aws:rds/instance:Instance`. */
  readonly type: string;
  readonly name: string;
}

/**
 * One package of the embedded cloud. `configuration` is what this connection's provider resource was
 * configured with: several provider resources of one package share one server.
 */
export interface Provider {
  readonly name: "aws" | "kubernetes" | "random";
  readonly version: string;
  checkConfig?(news: Properties): Promise<readonly CheckFailure[]>;
  check(
    ref: ResourceRef,
    news: Properties,
    olds: Properties | undefined,
    configuration: Properties,
  ): Promise<{ inputs: Properties; failures: readonly CheckFailure[] }>;
  diff(
    ref: ResourceRef,
    id: string,
    oldInputs: Properties,
    oldOutputs: Properties,
    news: Properties,
    configuration: Properties,
  ): Promise<DiffResult>;
  /** With `preview`, nothing is made, and outputs that only creation tells are UNKNOWN. */
  create(
    ref: ResourceRef,
    inputs: Properties,
    options: CallOptions,
  ): Promise<{ id: string; outputs: Properties }>;
  /** Null: it is gone. */
  read(
    ref: ResourceRef,
    id: string,
    inputs: Properties,
    outputs: Properties,
    options: CallOptions,
  ): Promise<{ id: string; inputs: Properties; outputs: Properties } | null>;
  update(
    ref: ResourceRef,
    id: string,
    oldInputs: Properties,
    oldOutputs: Properties,
    news: Properties,
    options: CallOptions,
  ): Promise<Properties>;
  delete(
    ref: ResourceRef,
    id: string,
    inputs: Properties,
    outputs: Properties,
    options: CallOptions,
  ): Promise<void>;
}

export interface CallOptions {
  readonly preview: boolean;
  readonly configuration: Properties;
  /** Aborted by the engine's cancel. */
  readonly signal: AbortSignal;
}
