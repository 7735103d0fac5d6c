import { randomBytes } from "node:crypto";
import type { Properties, Value } from "../provider.ts";

/** A computed output: text with `{placeholders}`, or a function of what was made. */
export type Computed = string | ((made: Made) => Value);

/** What one AWS type is in the embedded cloud. */
export interface Model {
  /** Inputs that something behind the provider acts on. */
  readonly enacts: readonly string[];
  /** Inputs that are kept and given back, and nothing more. */
  readonly echoes: readonly string[];
  readonly required: readonly string[];
  /** Inputs that are refused without another: `{ one: "other" }`. */
  readonly needs: Readonly<Record<string, string>>;
  /** Inputs whose change makes a new resource. */
  readonly replaceOn: readonly string[];
  /** Inputs that are used and forgotten: neither outputs nor records hold them. */
  readonly writeOnly: readonly string[];
  /** Input that gets a generated value when the program sets none, as pulumi-aws does. */
  readonly autoName: { readonly input: string; readonly maxLength: number } | undefined;
  readonly id: Computed;
  readonly computed: Readonly<Record<string, Computed>>;
  /** Outputs that only the thing behind it tells. */
  readonly told: readonly string[];
  /** Inputs as AWS gives them back, where it does not keep them as they were asked for. */
  readonly writtenBack: (inputs: Properties) => Properties;
  readonly tagged: boolean;
  /** Whether it lives in a region, so that the input `region` may name one. */
  readonly regional: boolean;
}

export interface ModelTable {
  readonly [type: string]: Model;
}

export interface Made {
  readonly inputs: Properties;
  readonly id: string;
  readonly region: string;
  readonly account: string;
}

interface ModelOptions {
  readonly enacts?: string;
  readonly echoes?: string;
  readonly required?: string;
  readonly needs?: Readonly<Record<string, string>>;
  readonly replaceOn?: string;
  readonly writeOnly?: string;
  readonly autoName?: string;
  readonly maxLength?: number;
  readonly id: Computed;
  readonly computed?: Readonly<Record<string, Computed>>;
  readonly told?: string;
  readonly writtenBack?: (inputs: Properties) => Properties;
  readonly tagged?: boolean;
  readonly regional?: boolean;
}

const words = (text: string | undefined): string[] =>
  text === undefined ? [] : text.split(/\s+/).filter((word) => word !== "");

/** A model from lists of words: the tables stay readable at one type a few lines. */
export function model(options: ModelOptions): Model {
  return {
    enacts: words(options.enacts),
    echoes: words(options.echoes),
    required: words(options.required),
    needs: options.needs ?? {},
    // A resource of the AWS provider may name a region of its own, unless it is global; a move is a new resource.
    replaceOn: [...words(options.replaceOn), ...(options.regional === false ? [] : ["region"])],
    writeOnly: words(options.writeOnly),
    autoName:
      options.autoName === undefined
        ? undefined
        : { input: options.autoName, maxLength: options.maxLength ?? 255 },
    id: options.id,
    computed: options.computed ?? {},
    told: words(options.told),
    writtenBack: options.writtenBack ?? ((inputs) => inputs),
    tagged: options.tagged ?? true,
    regional: options.regional ?? true,
  };
}

/** Every input that a type takes. */
export function inputsOf(model: Model): string[] {
  return [
    ...model.enacts,
    ...model.echoes,
    ...model.writeOnly,
    ...(model.regional ? ["region"] : []),
    ...(model.tagged ? ["tags"] : []),
  ];
}

/** What outputs and records may hold of a resource's inputs. */
export const withoutWriteOnly = (model: Model, inputs: Properties): Properties =>
  Object.fromEntries(Object.entries(inputs).filter(([key]) => !model.writeOnly.includes(key)));

export const randomHex = (digits: number): string =>
  randomBytes(Math.ceil(digits / 2))
    .toString("hex")
    .slice(0, digits);

/**
 * `{region}`, `{account}`, `{id}`, `{hexN}` (N random hex digits) and `{input}` are replaced; an input
 * may be named `{first|second}`: the first that is set counts.
 */
export function compute(computed: Computed, made: Made): Value {
  if (typeof computed !== "string") return computed(made);
  return computed.replaceAll(/\{([^}]+)\}/g, (_match, key: string) => {
    const hex = /^hex(\d+)$/.exec(key);
    if (hex !== null) return randomHex(Number(hex[1]));
    if (key === "region" || key === "account" || key === "id") return made[key];
    const value = key
      .split("|")
      .map((name) => made.inputs[name])
      .find((item) => item !== undefined && item !== null);
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  });
}
