import { hasStatus, type KubernetesClient } from "../client.ts";
import type { JsonObject } from "../objects.ts";

export interface Address {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined: of the whole cluster. */
  readonly namespace: string | undefined;
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Name of the owner of the fields that the program writes. */
export const FIELD_MANAGER = "pulumi";

export class UnknownKindError extends Error {}

/** `kubernetes:apps/v1:Deployment` -> apiVersion and kind. The token says `core/v1` for `v1`. */
export function parseType(type: string): { apiVersion: string; kind: string } {
  const [, version = "", kind = ""] = type.split(":");
  return { apiVersion: version.replace(/^core\//, ""), kind };
}

/** The collections of one API server, and the few calls on objects that the provider makes. */
export class Resources {
  readonly client: KubernetesClient;
  readonly #groups = new Map<string, readonly ApiResource[]>();

  constructor(client: KubernetesClient) {
    this.client = client;
  }

  async isNamespaced(apiVersion: string, kind: string): Promise<boolean> {
    return (await this.#resource(apiVersion, kind)).namespaced;
  }

  async path(address: Address): Promise<string> {
    const { name: plural, namespaced } = await this.#resource(address.apiVersion, address.kind);
    const scope = namespaced ? `/namespaces/${address.namespace ?? "default"}` : "";
    return `${groupPath(address.apiVersion)}${scope}/${plural}/${encodeURIComponent(address.name)}`;
  }

  /** Undefined: there is none. */
  async get(address: Address): Promise<JsonObject | undefined> {
    try {
      return await this.client.get<JsonObject>(await this.path(address));
    } catch (error) {
      if (hasStatus(error, 404) || error instanceof UnknownKindError) return undefined;
      throw error;
    }
  }

  /**
   * Server-side apply: creates, or sets exactly the fields given and removes those that an earlier
   * apply gave and this one does not. Forced: the program is the truth for what it writes.
   */
  async apply(address: Address, object: JsonObject, dryRun: boolean): Promise<JsonObject> {
    return this.client.call<JsonObject>("PATCH", await this.path(address), {
      contentType: "application/apply-patch+yaml",
      query: {
        fieldManager: FIELD_MANAGER,
        force: "true",
        fieldValidation: "Strict",
        ...(dryRun ? { dryRun: "All" } : {}),
      },
      body: object,
    });
  }

  /** Asks for deletion, dependents first. False: it was gone. */
  async delete(address: Address): Promise<boolean> {
    const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Foreground" };
    try {
      await this.client.call("DELETE", await this.path(address), { body });
      return true;
    } catch (error) {
      if (hasStatus(error, 404) || error instanceof UnknownKindError) return false;
      throw error;
    }
  }

  async #resource(apiVersion: string, kind: string): Promise<ApiResource> {
    const known = this.#groups.get(apiVersion)?.find((resource) => resource.kind === kind);
    if (known !== undefined) return known;
    // Asked again when the kind is not there: a CustomResourceDefinition may have come since.
    const list = await this.client
      .get<{ resources: readonly ApiResource[] }>(groupPath(apiVersion))
      .catch((error: unknown) => {
        if (hasStatus(error, 404)) return { resources: [] };
        throw error;
      });
    const resources = list.resources.filter((resource) => !resource.name.includes("/"));
    this.#groups.set(apiVersion, resources);
    const found = resources.find((resource) => resource.kind === kind);
    if (found === undefined)
      throw new UnknownKindError(`the cluster has no kind ${kind} in ${apiVersion}`);
    return found;
  }
}

const groupPath = (apiVersion: string): string =>
  apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
