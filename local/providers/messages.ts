import { createRequire } from "node:module";
import type * as ProviderPb from "@pulumi/pulumi/proto/provider_pb.js";
import type { CheckFailure, DiffResult, Properties, ResourceRef } from "./provider.ts";
import { toStruct } from "./values.ts";

const require = createRequire(import.meta.url);
const pb = require("@pulumi/pulumi/proto/provider_pb.js") as typeof ProviderPb;

/* Parts of the engine's messages that several calls share, to and from the provider's own types. */

/** The resource that a request is about. Its URN says what a request leaves out. */
export function refOf(request: {
  getUrn(): string;
  getType(): string;
  getName(): string;
}): ResourceRef {
  const urn = request.getUrn();
  const [, , qualifiedType = "", ...name] = urn.split("::");
  return {
    urn,
    type: request.getType() || (qualifiedType.split("$").at(-1) ?? ""),
    name: request.getName() || name.join("::"),
  };
}

export function checkResponse(
  inputs: Properties,
  failures: readonly CheckFailure[],
): ProviderPb.CheckResponse {
  const response = new pb.CheckResponse();
  response.setInputs(toStruct(inputs));
  response.setFailuresList(
    failures.map(({ property, reason }) => {
      const failure = new pb.CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      return failure;
    }),
  );
  return response;
}

export function diffResponse(diff: DiffResult): ProviderPb.DiffResponse {
  const response = new pb.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
  response.setChanges(diff.changes.length + diff.replaces.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList([...diff.changes]);
  response.setReplacesList([...diff.replaces]);
  response.setDeletebeforereplace(diff.deleteBeforeReplace ?? false);
  return response;
}
