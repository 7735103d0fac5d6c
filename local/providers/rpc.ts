import { createRequire } from "node:module";
import * as grpc from "@grpc/grpc-js";
import type * as ProviderPb from "@pulumi/pulumi/proto/provider_pb.js";
import type * as PluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as ProviderGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { Connections } from "./connections.ts";
import { checkResponse, diffResponse, refOf } from "./messages.ts";
import type { Provider } from "./provider.ts";
import { toServiceError } from "./status.ts";
import { changedKeys, fromStruct, toStruct } from "./values.ts";

const require = createRequire(import.meta.url);
const pb = require("@pulumi/pulumi/proto/provider_pb.js") as typeof ProviderPb;
const pluginPb = require("@pulumi/pulumi/proto/plugin_pb.js") as typeof PluginPb;
const { ResourceProviderService } =
  require("@pulumi/pulumi/proto/provider_grpc_pb.js") as typeof ProviderGrpc;
const emptyPb = require("google-protobuf/google/protobuf/empty_pb.js") as {
  Empty: new () => Empty;
};

export interface ServedProvider {
  readonly port: number;
  stop(): Promise<void>;
}

/** Serves a provider to the engine (PULUMI_DEBUG_PROVIDERS=<name>:<port>), on loopback only. */
export async function serveProvider(provider: Provider): Promise<ServedProvider> {
  // ConfigMaps with bundles pass through here, some requests with the old and the new one.
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  const connections = new Connections();
  server.addService(ResourceProviderService, new ProviderService(provider, connections).handlers());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    stop: () =>
      new Promise((resolve) => {
        connections.cancelAll();
        server.forceShutdown();
        resolve();
      }),
  };
}

type Unary<Req, Res> = (call: grpc.ServerUnaryCall<Req, Res>) => Promise<Res> | Res;

function unary<Req, Res>(method: Unary<Req, Res>): grpc.handleUnaryCall<Req, Res> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => method(call))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toServiceError(error)),
      );
  };
}

/** The gRPC face of one provider: it translates messages, and decides nothing. */
class ProviderService {
  readonly #provider: Provider;
  readonly #connections: Connections;

  constructor(provider: Provider, connections: Connections) {
    this.#provider = provider;
    this.#connections = connections;
  }

  handlers(): grpc.UntypedServiceImplementation {
    return { ...this.#lifecycleHandlers(), ...this.#resourceHandlers() };
  }

  #lifecycleHandlers(): grpc.UntypedServiceImplementation {
    return {
      handshake: unary(() => {
        const response = new pb.ProviderHandshakeResponse();
        response.setAcceptSecrets(true);
        response.setAcceptResources(true);
        response.setAcceptOutputs(true);
        return response;
      }),
      attach: unary(() => new emptyPb.Empty()),
      getPluginInfo: unary(() => {
        const info = new pluginPb.PluginInfo();
        info.setVersion(this.#provider.version);
        return info;
      }),
      getSchema: unary(() => {
        const { name, version } = this.#provider;
        const response = new pb.GetSchemaResponse();
        response.setSchema(JSON.stringify({ name, version, resources: {}, functions: {} }));
        return response;
      }),
      checkConfig: unary(
        (call: grpc.ServerUnaryCall<ProviderPb.CheckRequest, ProviderPb.CheckResponse>) =>
          this.#checkConfig(call.request),
      ),
      diffConfig: unary(
        (call: grpc.ServerUnaryCall<ProviderPb.DiffRequest, ProviderPb.DiffResponse>) => {
          const olds = fromStruct(call.request.getOldInputs() ?? call.request.getOlds());
          return diffResponse({
            changes: changedKeys(olds, fromStruct(call.request.getNews())),
            replaces: [],
          });
        },
      ),
      configure: unary(
        (call: grpc.ServerUnaryCall<ProviderPb.ConfigureRequest, ProviderPb.ConfigureResponse>) => {
          this.#connections.configure(call.getPeer(), fromStruct(call.request.getArgs()));
          const response = new pb.ConfigureResponse();
          response.setAcceptsecrets(true);
          response.setSupportspreview(true);
          response.setAcceptresources(true);
          response.setAcceptoutputs(true);
          return response;
        },
      ),
      cancel: unary((call: grpc.ServerUnaryCall<Empty, Empty>) => {
        this.#connections.cancel(call.getPeer());
        return new emptyPb.Empty();
      }),
    };
  }

  #resourceHandlers(): grpc.UntypedServiceImplementation {
    return {
      check: unary(
        (call: grpc.ServerUnaryCall<ProviderPb.CheckRequest, ProviderPb.CheckResponse>) =>
          this.#check(call),
      ),
      diff: unary((call: grpc.ServerUnaryCall<ProviderPb.DiffRequest, ProviderPb.DiffResponse>) =>
        this.#diff(call),
      ),
      create: unary(
        (call: grpc.ServerUnaryCall<ProviderPb.CreateRequest, ProviderPb.CreateResponse>) =>
          this.#create(call),
      ),
      read: unary((call: grpc.ServerUnaryCall<ProviderPb.ReadRequest, ProviderPb.ReadResponse>) =>
        this.#read(call),
      ),
      update: unary(
        (call: grpc.ServerUnaryCall<ProviderPb.UpdateRequest, ProviderPb.UpdateResponse>) =>
          this.#update(call),
      ),
      delete: unary((call: grpc.ServerUnaryCall<ProviderPb.DeleteRequest, Empty>) =>
        this.#delete(call),
      ),
    };
  }

  async #checkConfig(request: ProviderPb.CheckRequest): Promise<ProviderPb.CheckResponse> {
    const news = fromStruct(request.getNews());
    return checkResponse(news, (await this.#provider.checkConfig?.(news)) ?? []);
  }

  async #check(
    call: grpc.ServerUnaryCall<ProviderPb.CheckRequest, ProviderPb.CheckResponse>,
  ): Promise<ProviderPb.CheckResponse> {
    const { request } = call;
    const olds = request.hasOlds() ? fromStruct(request.getOlds()) : undefined;
    const configuration = this.#connections.configuration(call.getPeer());
    const { inputs, failures } = await this.#provider.check(
      refOf(request),
      fromStruct(request.getNews()),
      olds,
      configuration,
    );
    return checkResponse(inputs, failures);
  }

  async #diff(
    call: grpc.ServerUnaryCall<ProviderPb.DiffRequest, ProviderPb.DiffResponse>,
  ): Promise<ProviderPb.DiffResponse> {
    const { request } = call;
    const olds = fromStruct(request.getOlds());
    const oldInputs = fromStruct(request.getOldInputs());
    const configuration = this.#connections.configuration(call.getPeer());
    return diffResponse(
      await this.#provider.diff(
        refOf(request),
        request.getId(),
        oldInputs,
        olds,
        fromStruct(request.getNews()),
        configuration,
      ),
    );
  }

  async #create(
    call: grpc.ServerUnaryCall<ProviderPb.CreateRequest, ProviderPb.CreateResponse>,
  ): Promise<ProviderPb.CreateResponse> {
    const { request } = call;
    const options = this.#connections.options(call, request.getPreview());
    const { id, outputs } = await this.#provider.create(
      refOf(request),
      fromStruct(request.getProperties()),
      options,
    );
    const response = new pb.CreateResponse();
    response.setId(id);
    response.setProperties(toStruct(outputs));
    return response;
  }

  async #read(
    call: grpc.ServerUnaryCall<ProviderPb.ReadRequest, ProviderPb.ReadResponse>,
  ): Promise<ProviderPb.ReadResponse> {
    const { request } = call;
    const options = this.#connections.options(call, false);
    const inputs = fromStruct(request.getInputs());
    const found = await this.#provider.read(
      refOf(request),
      request.getId(),
      inputs,
      fromStruct(request.getProperties()),
      options,
    );
    const response = new pb.ReadResponse();
    if (found === null) return response; // an empty id says that it is gone
    response.setId(found.id);
    response.setInputs(toStruct(found.inputs));
    response.setProperties(toStruct(found.outputs));
    return response;
  }

  async #update(
    call: grpc.ServerUnaryCall<ProviderPb.UpdateRequest, ProviderPb.UpdateResponse>,
  ): Promise<ProviderPb.UpdateResponse> {
    const { request } = call;
    const options = this.#connections.options(call, request.getPreview());
    const olds = fromStruct(request.getOlds());
    const oldInputs = fromStruct(request.getOldInputs());
    const outputs = await this.#provider.update(
      refOf(request),
      request.getId(),
      oldInputs,
      olds,
      fromStruct(request.getNews()),
      options,
    );
    const response = new pb.UpdateResponse();
    response.setProperties(toStruct(outputs));
    return response;
  }

  async #delete(call: grpc.ServerUnaryCall<ProviderPb.DeleteRequest, Empty>): Promise<Empty> {
    const { request } = call;
    const options = this.#connections.options(call, false);
    const inputs = fromStruct(request.getOldInputs());
    await this.#provider.delete(
      refOf(request),
      request.getId(),
      inputs,
      fromStruct(request.getProperties()),
      options,
    );
    return new emptyPb.Empty();
  }
}
