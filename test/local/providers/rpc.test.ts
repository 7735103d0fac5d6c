import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as grpc from "@grpc/grpc-js";
import type * as ProviderGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as ProviderPb from "@pulumi/pulumi/proto/provider_pb.js";
import type * as StatusPb from "@pulumi/pulumi/proto/status_pb.js";
import { after, before, describe, it } from "mocha";
import { InitializationError } from "../../../local/providers/errors.ts";
import {
  Secret,
  UNKNOWN,
  type CallOptions,
  type Properties,
  type Provider,
} from "../../../local/providers/provider.ts";
import { serveProvider, type ServedProvider } from "../../../local/providers/rpc.ts";
import {
  fromStruct,
  hasUnknown,
  reveal,
  sameValue,
  toStruct,
} from "../../../local/providers/values.ts";

const require = createRequire(import.meta.url);
const pb = require("@pulumi/pulumi/proto/provider_pb.js") as typeof ProviderPb;
const { ResourceProviderClient } =
  require("@pulumi/pulumi/proto/provider_grpc_pb.js") as typeof ProviderGrpc;
const { Status } = require("@pulumi/pulumi/proto/status_pb.js") as typeof StatusPb;

const URN = "urn:pulumi:dev::project::my:Component$aws:ec2/vpc:Vpc::name::with::colons";

describe("property values on the wire", () => {
  it("keep secrets and unknowns apart from plain values, at any depth", () => {
    const properties: Properties = {
      a: new Secret({ b: [UNKNOWN, 1, null, true] }),
      c: "text",
      d: { e: new Secret("s") },
    };
    const back = fromStruct(toStruct(properties));
    assert.deepEqual(back, properties);
    assert.ok(hasUnknown(back["a"] ?? null));
    assert.deepEqual(reveal(back["d"] ?? null), { e: "s" });
  });

  it("take output values: known, secret, unknown", () => {
    const sig = { "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4" };
    const sent = toStruct({
      known: { ...sig, value: "v", dependencies: ["urn"] },
      secret: { ...sig, value: 1, secret: true },
      unknown: { ...sig },
    });
    assert.deepEqual(fromStruct(sent), { known: "v", secret: new Secret(1), unknown: UNKNOWN });
  });

  it("refuse assets by the property's path", () => {
    const asset = {
      "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
      text: "x",
    };
    assert.throws(
      () => fromStruct(toStruct({ code: { file: asset } })),
      /code\.file: assets and archives are not supported/,
    );
  });

  it("are the same whatever their secrecy and key order, and an unknown is the same as nothing", () => {
    assert.ok(sameValue({ a: 1, b: new Secret([1]) }, { b: [1], a: 1 }));
    assert.ok(!sameValue(UNKNOWN, UNKNOWN));
    assert.ok(!sameValue({ a: 1 }, { a: 1, b: null }));
  });
});

describe("a provider served over gRPC", () => {
  let served: ServedProvider;
  let create: Provider["create"];
  const provider: Provider = {
    name: "aws",
    version: "1.2.3",
    check: (ref, news) =>
      Promise.resolve({
        inputs: { ...news, seenType: ref.type, seenName: ref.name },
        failures: [],
      }),
    diff: (_ref, _id, olds, _oldOutputs, news) =>
      Promise.resolve({ changes: sameValue(olds, news) ? [] : ["x"], replaces: [] }),
    create: (...args) => create(...args),
    read: () => Promise.resolve(null),
    update: (_ref, _id, _olds, _oldOutputs, news) => Promise.resolve(news),
    delete: () => Promise.resolve(),
  };
  const clients: InstanceType<typeof ResourceProviderClient>[] = [];
  const client = (): InstanceType<typeof ResourceProviderClient> => {
    // A channel of its own, as the engine has one a provider resource.
    const made = new ResourceProviderClient(
      `127.0.0.1:${served.port}`,
      grpc.credentials.createInsecure(),
      { "grpc.use_local_subchannel_pool": 1 },
    );
    clients.push(made);
    return made;
  };

  before(async () => {
    served = await serveProvider(provider);
  });
  after(async () => {
    for (const one of clients) one.close();
    await served.stop();
  });

  const call = <Req, Res>(
    method: (
      request: Req,
      done: (error: grpc.ServiceError | null, response: Res) => void,
    ) => unknown,
    request: Req,
  ): Promise<Res> =>
    new Promise((resolve, reject) =>
      method(request, (error, response) => (error === null ? resolve(response) : reject(error))),
    );

  function createRequest(): ProviderPb.CreateRequest {
    const request = new pb.CreateRequest();
    request.setUrn(URN);
    request.setProperties(toStruct({ a: new Secret("s") }));
    return request;
  }

  async function configure(
    one: InstanceType<typeof ResourceProviderClient>,
    region: string,
  ): Promise<void> {
    const request = new pb.ConfigureRequest();
    request.setArgs(toStruct({ region }));
    const response = await call<ProviderPb.ConfigureRequest, ProviderPb.ConfigureResponse>(
      one.configure.bind(one),
      request,
    );
    assert.ok(
      response.getAcceptsecrets() &&
        response.getSupportspreview() &&
        response.getAcceptoutputs() &&
        response.getAcceptresources(),
    );
  }

  it("reads type and name from the URN when the request lacks them", async () => {
    const request = new pb.CheckRequest();
    request.setUrn(URN);
    request.setNews(toStruct({}));
    const one = client();
    const response = await call<ProviderPb.CheckRequest, ProviderPb.CheckResponse>(
      one.check.bind(one),
      request,
    );
    assert.deepEqual(fromStruct(response.getInputs()), {
      seenType: "aws:ec2/vpc:Vpc",
      seenName: "name::with::colons",
    });
  });

  it("keeps the configuration of each connection apart, and marks preview", async () => {
    const seen: CallOptions[] = [];
    create = (_ref, inputs, options) => {
      seen.push(options);
      return Promise.resolve({ id: "id", outputs: inputs });
    };
    const [a, b] = [client(), client()];
    await configure(a, "one");
    await configure(b, "two");
    const preview = createRequest();
    preview.setPreview(true);
    await call<ProviderPb.CreateRequest, ProviderPb.CreateResponse>(a.create.bind(a), preview);
    const response = await call<ProviderPb.CreateRequest, ProviderPb.CreateResponse>(
      b.create.bind(b),
      createRequest(),
    );
    assert.deepEqual(
      seen.map(({ configuration, preview: p }) => [configuration["region"], p]),
      [
        ["one", true],
        ["two", false],
      ],
    );
    assert.deepEqual(fromStruct(response.getProperties()), { a: new Secret("s") });
  });

  it("ends the calls under way of the connection that cancels, and no other's", async () => {
    create = (_ref, _inputs, { signal }) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(new Error("was cancelled"))),
      );
    const [a, b] = [client(), client()];
    const first = call<ProviderPb.CreateRequest, ProviderPb.CreateResponse>(
      a.create.bind(a),
      createRequest(),
    );
    let otherEnded = false;
    const second = call<ProviderPb.CreateRequest, ProviderPb.CreateResponse>(
      b.create.bind(b),
      createRequest(),
    ).catch(() => (otherEnded = true));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { Empty } = require("google-protobuf/google/protobuf/empty_pb.js") as {
      Empty: new () => Parameters<typeof a.cancel>[0];
    };
    await Promise.all([
      assert.rejects(first, /was cancelled/),
      call(a.cancel.bind(a), new Empty()),
    ]);
    assert.equal(otherEnded, false);
    await call(b.cancel.bind(b), new Empty());
    await second;
    assert.equal(otherEnded, true);
  });

  it("tells the engine what a failed create left behind", async () => {
    create = () =>
      Promise.reject(new InitializationError("half-made", { a: 1 }, ["it never became ready"]));
    const one = client();
    const failure: unknown = await call<ProviderPb.CreateRequest, ProviderPb.CreateResponse>(
      one.create.bind(one),
      createRequest(),
    ).catch((error: unknown) => error);
    assert.ok(
      failure instanceof Error &&
        "metadata" in failure &&
        failure.metadata instanceof grpc.Metadata,
    );
    assert.match(failure.message, /it never became ready/);
    const [bytes] = failure.metadata.get("grpc-status-details-bin");
    assert.ok(Buffer.isBuffer(bytes));
    const [detail] = Status.deserializeBinary(bytes).getDetailsList();
    assert.equal(detail?.getTypeName(), "pulumirpc.ErrorResourceInitFailed");
    const left = pb.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
    assert.deepEqual(
      [left.getId(), left.getReasonsList(), fromStruct(left.getProperties())],
      ["half-made", ["it never became ready"], { a: 1 }],
    );
  });

  it("answers with an empty id for what is gone", async () => {
    const request = new pb.ReadRequest();
    request.setUrn(URN);
    request.setId("x");
    const one = client();
    assert.equal(
      (
        await call<ProviderPb.ReadRequest, ProviderPb.ReadResponse>(one.read.bind(one), request)
      ).getId(),
      "",
    );
  });
});
