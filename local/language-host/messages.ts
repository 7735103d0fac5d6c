import { createRequire } from "node:module";
import { join } from "node:path";
import type * as LanguageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type * as LanguagePb from "@pulumi/pulumi/proto/language_pb.js";
import type * as PluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";

// CommonJS without named exports that Node could see: these are read by require.
const require = createRequire(import.meta.url);
export const languagePb = require("@pulumi/pulumi/proto/language_pb.js") as typeof LanguagePb;
export const pluginPb = require("@pulumi/pulumi/proto/plugin_pb.js") as typeof PluginPb;
export const emptyPb = require("google-protobuf/google/protobuf/empty_pb.js") as {
  Empty: new () => Empty;
};
export const { LanguageRuntimeService } =
  require("@pulumi/pulumi/proto/language_grpc_pb.js") as typeof LanguageGrpc;
export const sdkVersion = (require("@pulumi/pulumi/package.json") as { version: string }).version;

/**
 * One of the runners that @pulumi/pulumi carries for its own, official host. It is the copy that the
 * program itself imports: a second one in the same process would keep a state of its own.
 */
export function runner(name: "run" | "run-plugin" | "run-policy-pack", directory: string): string {
  try {
    return createRequire(join(directory, "package.json")).resolve(`@pulumi/pulumi/cmd/${name}`);
  } catch {
    return require.resolve(`@pulumi/pulumi/cmd/${name}`);
  }
}
