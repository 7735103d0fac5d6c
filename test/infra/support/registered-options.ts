import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";

export interface Options {
  /** Type and name of the parent. */
  readonly parent: string | undefined;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  /** Type and name of all that it waits for: `dependsOn`, and the sources of its inputs. */
  readonly dependsOn: readonly string[];
}

const NONE: Options = { parent: undefined, protect: false, ignoreChanges: [], dependsOn: [] };
const STACK = "pulumi:pulumi:Stack";

function labelOf(urn: string): string | undefined {
  const [, , types = "", name = ""] = urn.split("::");
  const type = types.split("$").at(-1) ?? "";
  return urn === "" || type === STACK ? undefined : `${type} ${name}`;
}

/** The resource options that mocks do not hand on: read where the program sends them to the engine. */
export class RegisteredOptions {
  readonly #options = new Map<string, Options>();

  /** Call it when mocks are set, before the program makes its first resource. */
  watch(): void {
    const monitor = pulumi.runtime.getMonitor();
    if (monitor === undefined) throw new Error("no mocks are set");
    const register: unknown = Reflect.get(monitor, "registerResource");
    if (typeof register !== "function") throw new Error("the mocks take no resources");
    const watched = (request: RegisterResourceRequest, ...rest: unknown[]): unknown => {
      this.#options.set(`${request.getType()} ${request.getName()}`, {
        parent: labelOf(request.getParent()),
        protect: request.getProtect() ?? false,
        ignoreChanges: request.getIgnorechangesList(),
        dependsOn: request.getDependenciesList().flatMap((urn) => labelOf(urn) ?? []),
      });
      const answer: unknown = Reflect.apply(register, monitor, [request, ...rest]);
      return answer;
    };
    Object.defineProperty(monitor, "registerResource", { value: watched, configurable: true });
  }

  of(type: string, name: string): Options {
    return this.#options.get(`${type} ${name}`) ?? NONE;
  }
}
