import { InitializationError } from "../errors.ts";
import {
  UNKNOWN,
  type CallOptions,
  type CheckFailure,
  type DiffResult,
  type Properties,
  type Provider,
  type ResourceRef,
  type Value,
} from "../provider.ts";
import { changedKeys, revealAll } from "../values.ts";
import type { AwsBackends } from "./backends.ts";
import { MODELS, modelOf } from "./catalogue.ts";
import { checkInputs, knownTags } from "./check.ts";
import { diffInputs, replacingPaths } from "./diff.ts";
import { EKS_CLUSTER, EKS_NODE_GROUP, enactors, type Enactor } from "./enactors.ts";
import { withoutWriteOnly, type Model } from "./model.ts";
import { askedFields, newRecord } from "./new-record.ts";
import { REFUSALS } from "./refusals.ts";
import { scaledInputs } from "./scaling.ts";
import {
  AwsRecords,
  conceal,
  objectOf,
  outputsOf,
  secretKeysOf,
  type AwsRecord,
} from "./records.ts";

const LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";

/** The AWS of the embedded cloud. */
export class AwsProvider implements Provider {
  readonly name = "aws";
  readonly version = "7.48.0";
  readonly #records: AwsRecords;
  readonly #enactors: Readonly<Record<string, Enactor>>;

  constructor(stateDir: string, backends: AwsBackends) {
    this.#records = new AwsRecords(stateDir);
    this.#enactors = enactors(this.#records, backends);
  }

  /** Brings clusters, their nodes and the balancer back; databases and caches revive themselves, before this. */
  async revive(): Promise<void> {
    const apply = async (record: AwsRecord): Promise<void> => {
      if (record.applied)
        await this.#enactors[record.type]?.apply({
          record,
          writeOnly: {},
          previous: record.inputs,
        });
    };
    const listener = this.#records.ofType("aws:lb/listener:Listener").slice(0, 1);
    await Promise.all([...this.#records.ofType(EKS_CLUSTER), ...listener].map(apply));
    await Promise.all(this.#records.ofType(EKS_NODE_GROUP).map(apply));
  }

  /** Changes a resource behind the engine's back, as a hand in the console would. */
  edit(type: string, id: string, change: Properties): void {
    const record = this.#records.get(type, id);
    if (record === undefined) throw new Error(`there is no ${type} ${id}`);
    this.#records.set({ ...record, inputs: { ...record.inputs, ...change } });
  }

  /** Changes a node group's number behind the engine's back, as an autoscaler does. */
  async scale(id: string, desiredSize: number): Promise<void> {
    const record = this.#records.get(EKS_NODE_GROUP, id);
    if (record === undefined) throw new Error(`there is no node group ${id}`);
    const scalingConfig = { ...objectOf(record.inputs["scalingConfig"]), desiredSize };
    const scaled = { ...record, inputs: { ...record.inputs, scalingConfig } };
    this.#records.set(scaled);
    const call = { record: scaled, writeOnly: {}, previous: record.inputs };
    await this.#enactors[EKS_NODE_GROUP]?.apply(call);
  }

  /** What the cloud holds, for tests and for a person. */
  list(): AwsRecord[] {
    return this.#records.all();
  }

  checkConfig(news: Properties): Promise<readonly CheckFailure[]> {
    return Promise.resolve(
      news["region"] === undefined ? [{ property: "region", reason: "is required" }] : [],
    );
  }

  check(
    ref: ResourceRef,
    news: Properties,
    olds: Properties | undefined,
  ): Promise<{ inputs: Properties; failures: readonly CheckFailure[] }> {
    const model = MODELS[ref.type];
    if (model === undefined) {
      return Promise.resolve({
        inputs: news,
        failures: [
          {
            property: "",
            reason: `the embedded cloud has no ${ref.type}; see local/README.md for what it has`,
          },
        ],
      });
    }
    return Promise.resolve(checkInputs(ref, model, news, olds));
  }

  diff(
    ref: ResourceRef,
    id: string,
    oldInputs: Properties,
    oldOutputs: Properties,
    news: Properties,
    configuration: Properties,
  ): Promise<DiffResult> {
    this.#records.confirm(ref.type, id);
    const old = { inputs: oldInputs, outputs: oldOutputs };
    return Promise.resolve(diffInputs(ref, modelOf(ref), old, news, configuration));
  }

  async create(
    ref: ResourceRef,
    inputs: Properties,
    options: CallOptions,
  ): Promise<{ id: string; outputs: Properties }> {
    const model = modelOf(ref);
    if (options.preview)
      return { id: "", outputs: previewOutputs(model, inputs, options.configuration) };
    this.#refuse(ref, inputs);
    const record = await this.#draft(ref, model, inputs, options.configuration);
    return {
      id: record.id,
      outputs: heldOf(await this.#enact(record, model, inputs, undefined), model),
    };
  }

  async read(
    ref: ResourceRef,
    id: string,
    inputs: Properties,
  ): Promise<{ id: string; inputs: Properties; outputs: Properties } | null> {
    const record = this.#records.confirm(ref.type, id);
    if (record === undefined) return null;
    if (record.applied && this.#enactors[ref.type]?.exists?.(record) === false) {
      this.#records.delete(record); // what stood behind it is gone: so is its name, which may be used again
      return null;
    }
    const model = modelOf(ref);
    const writeOnly = Object.fromEntries(
      Object.entries(inputs).filter(([key]) => model.writeOnly.includes(key)),
    );
    return {
      id,
      inputs: { ...conceal(model.writtenBack(record.inputs), record.secretKeys), ...writeOnly },
      outputs: heldOf(record, model),
    };
  }

  async update(
    ref: ResourceRef,
    id: string,
    oldInputs: Properties,
    oldOutputs: Properties,
    news: Properties,
    options: CallOptions,
  ): Promise<Properties> {
    const model = modelOf(ref);
    const template =
      ref.type === LAUNCH_TEMPLATE && changedKeys(oldInputs, news).some((key) => key !== "tags");
    const tagsAll = knownTags(model, news, options.configuration);
    if (options.preview) {
      const tags: Properties = model.tagged ? { tagsAll: tagsAll ?? UNKNOWN } : {};
      return {
        ...oldOutputs,
        ...withoutWriteOnly(model, news),
        ...tags,
        ...(template ? { latestVersion: UNKNOWN } : {}),
      };
    }
    const old = this.#records.confirm(ref.type, id);
    if (old === undefined)
      throw new Error(
        `${ref.type} ${id} is not in the embedded cloud any more; "pulumi refresh" tells the engine`,
      );
    this.#refuse(ref, news);
    const asked = revealAll(withoutWriteOnly(model, news));
    const latest = Number(old.computed["latestVersion"] ?? 0) + 1;
    const record: AwsRecord = {
      ...old,
      inputs: ref.type === EKS_NODE_GROUP ? scaledInputs(old.inputs, oldOutputs, asked) : asked,
      computed: {
        ...old.computed,
        ...(template ? { latestVersion: latest, defaultVersion: latest } : {}),
      },
      tagsAll,
      secretKeys: secretKeysOf(news),
    };
    const previous = old.applied ? old.inputs : undefined;
    return heldOf(await this.#enact(record, model, news, previous), model);
  }

  async delete(ref: ResourceRef, id: string): Promise<void> {
    const record = this.#records.confirm(ref.type, id);
    if (record !== undefined) await this.#remove(record);
  }

  #refuse({ type }: ResourceRef, inputs: Properties): void {
    const reason = REFUSALS[type]?.(revealAll(inputs), this.#records);
    if (reason !== undefined) throw new Error(reason);
  }

  async #remove(record: AwsRecord): Promise<void> {
    const enactor = this.#enactors[record.type];
    const lock = enactor?.protectedBy?.(record);
    if (lock !== undefined)
      throw new Error(
        `${record.id} is protected: set ${lock} to false and run "pulumi up" before it can be deleted`,
      );
    await enactor?.remove?.(record);
    this.#records.delete(record);
  }

  /** The record that a create fills: what an interrupted create of the same URN left, or a new one. */
  async #draft(
    ref: ResourceRef,
    model: Model,
    inputs: Properties,
    configuration: Properties,
  ): Promise<AwsRecord> {
    const fields = askedFields(ref, model, inputs, configuration);
    const orphan = this.#records.orphanOf(ref.urn);
    if (orphan !== undefined) {
      const same = replacingPaths(model, orphan.inputs, fields.inputs).length === 0;
      if (same) return { ...orphan, ...fields };
      await this.#remove(orphan);
    }
    return newRecord(this.#records, model, fields);
  }

  /** Does what the record says. It is written first, so that nothing is made of which nobody knows. */
  async #enact(
    record: AwsRecord,
    model: Model,
    inputs: Properties,
    previous: Properties | undefined,
  ): Promise<AwsRecord> {
    const enactor = this.#enactors[record.type];
    if (enactor === undefined) {
      const done = { ...record, applied: true };
      this.#records.set(done);
      return done;
    }
    this.#records.set({ ...record, applied: false });
    const writeOnly = revealAll(
      Object.fromEntries(Object.entries(inputs).filter(([key]) => model.writeOnly.includes(key))),
    );
    try {
      const done = {
        ...record,
        computed: { ...record.computed, ...(await enactor.apply({ record, writeOnly, previous })) },
        applied: true,
      };
      this.#records.set(done);
      return done;
    } catch (error) {
      throw new InitializationError(record.id, heldOf(record, model), [
        error instanceof Error ? error.message : String(error),
      ]);
    }
  }
}

/** Outputs as the engine sees them, with inputs as AWS gives them back. */
const heldOf = (record: AwsRecord, model: Model): Properties =>
  outputsOf({ ...record, inputs: model.writtenBack(record.inputs) });

function previewOutputs(model: Model, inputs: Properties, configuration: Properties): Properties {
  const unknowns = Object.fromEntries(
    [...Object.keys(model.computed), ...model.told].map((key): [string, Value] => [key, UNKNOWN]),
  );
  const tagsAll = knownTags(model, inputs, configuration);
  return {
    ...withoutWriteOnly(model, inputs),
    ...unknowns,
    ...(model.tagged ? { tagsAll: tagsAll ?? UNKNOWN } : {}),
  };
}
