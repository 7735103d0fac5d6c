import { join } from "node:path";
import { Store } from "../../cloud/store.ts";
import { Secret, type Properties, type Value } from "../provider.ts";

/** What the cloud remembers of one AWS resource. JSON only: secrets lie open here, in files for the owner alone. */
export interface AwsRecord {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  readonly region: string;
  readonly account: string;
  /** Inputs without write-only ones. */
  readonly inputs: Properties;
  readonly computed: Properties;
  readonly tagsAll: Readonly<Record<string, string>> | undefined;
  /** Properties that the program marked secret. */
  readonly secretKeys: readonly string[];
  /**
   * The engine has come back with this id, so it knows of it. A record that it does not know was made by
   * a create whose answer was lost (a kill), and belongs to the next create of the same URN.
   */
  readonly confirmed: boolean;
  /** What stands behind it was made; false after a failure. */
  readonly applied: boolean;
}

/** All records, by type and id. */
export class AwsRecords {
  readonly #store: Store<AwsRecord>;

  constructor(stateDir: string) {
    this.#store = new Store(join(stateDir, "cloud", "aws"));
  }

  get(type: string, id: string): AwsRecord | undefined {
    return this.#store.get(keyOf(type, id));
  }

  set(record: AwsRecord): void {
    this.#store.set(keyOf(record.type, record.id), record);
  }

  delete(record: AwsRecord): void {
    this.#store.delete(keyOf(record.type, record.id));
  }

  all(): AwsRecord[] {
    return this.#store.entries().map(([, record]) => record);
  }

  ofType(type: string): AwsRecord[] {
    return this.all().filter((record) => record.type === type);
  }

  /** Made by a create that the engine never heard the end of. */
  orphanOf(urn: string): AwsRecord | undefined {
    return this.all().find((record) => record.urn === urn && !record.confirmed);
  }

  confirm(type: string, id: string): AwsRecord | undefined {
    const record = this.get(type, id);
    if (record === undefined || record.confirmed) return record;
    const confirmed = { ...record, confirmed: true };
    this.set(confirmed);
    return confirmed;
  }
}

const keyOf = (type: string, id: string): string => `${type} ${id}`;

/** Outputs as the engine sees them. */
export function outputsOf(record: AwsRecord): Properties {
  const { inputs, computed, tagsAll, region } = record;
  return conceal(
    {
      region,
      ...inputs,
      ...computed,
      ...(tagsAll === undefined ? {} : { tagsAll: { ...tagsAll } }),
    },
    record.secretKeys,
  );
}

/** Marks properties as secret again that were so when they came. */
export function conceal(properties: Properties, secretKeys: readonly string[]): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]): [string, Value] => [
      key,
      secretKeys.includes(key) && !(value instanceof Secret) ? new Secret(value) : value,
    ]),
  );
}

/** Properties that are, or hold, a secret. */
export function secretKeysOf(properties: Properties): string[] {
  return Object.keys(properties).filter((key) => hasSecret(properties[key] ?? null));
}

function hasSecret(value: Value): boolean {
  if (value instanceof Secret) return true;
  if (Array.isArray(value)) return value.some(hasSecret);
  return typeof value === "object" && value !== null && Object.values(value).some(hasSecret);
}

/* Readers for properties whose shape the program, not this cloud, decides. */
export const textOf = (value: Value | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;
export const numberOf = (value: Value | undefined): number | undefined =>
  typeof value === "number"
    ? value
    : typeof value === "string" && /^\d+$/.test(value)
      ? Number(value)
      : undefined;
export const listOf = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : []);
export const objectOf = (value: Value | undefined): Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret)
    ? value
    : {};
export const textsOf = (value: Value | undefined): string[] =>
  listOf(value).filter((item) => typeof item === "string");
export const textMapOf = (value: Value | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(objectOf(value)).flatMap(([key, item]) =>
      typeof item === "string" ? [[key, item]] : [],
    ),
  );
