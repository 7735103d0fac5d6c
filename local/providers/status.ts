import { createRequire } from "node:module";
import * as grpc from "@grpc/grpc-js";
import type * as AnyPb from "google-protobuf/google/protobuf/any_pb.js";
import type * as ProviderPb from "@pulumi/pulumi/proto/provider_pb.js";
import type * as StatusPb from "@pulumi/pulumi/proto/status_pb.js";
import { InitializationError } from "./errors.ts";
import { toStruct, UnsupportedValueError } from "./values.ts";

const require = createRequire(import.meta.url);
const pb = require("@pulumi/pulumi/proto/provider_pb.js") as typeof ProviderPb;
const { Status } = require("@pulumi/pulumi/proto/status_pb.js") as typeof StatusPb;
const { Any } = require("google-protobuf/google/protobuf/any_pb.js") as typeof AnyPb;

/** A failure as the engine shows it: the sentence alone, no stack. */
export function toServiceError(error: unknown): Partial<grpc.StatusObject> {
  if (error instanceof InitializationError) return initializationStatus(error);
  const details = error instanceof Error ? error.message : String(error);
  if (error instanceof UnsupportedValueError)
    return { code: grpc.status.INVALID_ARGUMENT, details };
  if (error instanceof Error && error.name === "AbortError")
    return { code: grpc.status.CANCELLED, details };
  return { code: grpc.status.UNKNOWN, details };
}

/** The engine learns of a partly made resource from a detail in the rich status of the response. */
function initializationStatus(error: InitializationError): Partial<grpc.StatusObject> {
  const failed = new pb.ErrorResourceInitFailed();
  failed.setId(error.id);
  failed.setProperties(toStruct(error.outputs));
  failed.setReasonsList([...error.reasons]);
  const any = new Any();
  any.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(error.message);
  status.addDetails(any);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: error.message, metadata };
}
