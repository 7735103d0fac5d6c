import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import { createKubernetesProvider } from "../../../local/kubernetes/provider.ts";
import { InitializationError } from "../../../local/providers/errors.ts";
import {
  Secret,
  UNKNOWN,
  type CallOptions,
  type Properties,
  type Provider,
  type ResourceRef,
} from "../../../local/providers/provider.ts";
import { reveal } from "../../../local/providers/values.ts";
import { startCluster, type TestCluster } from "./cluster.ts";

const ref = (type: string, name: string): ResourceRef => ({
  urn: `urn:pulumi:test::securevpn::${type}::${name}`,
  type,
  name,
});
const DEPLOYMENT = ref("kubernetes:apps/v1:Deployment", "app");
const CONFIG_MAP = ref("kubernetes:core/v1:ConfigMap", "settings");
const SECRET = ref("kubernetes:core/v1:Secret", "password");
const SERVICE = ref("kubernetes:core/v1:Service", "app");

function deployment(
  replicas: number,
  script = "sleep 1000",
  labels: Record<string, string> = { app: "app" },
  probes: Properties = {},
): Properties {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "app", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: "main",
              image: "busybox",
              command: ["sh", "-c", script],
              ...probes,
              resources: { limits: { cpu: "0.5", memory: "1024Mi" } },
            },
          ],
        },
      },
    },
  };
}

describe("The kubernetes provider", () => {
  let cluster: TestCluster;
  let provider: Provider;
  let options: CallOptions;
  let configuration: Properties;

  before(async () => {
    cluster = await startCluster({ nodes: 1 });
    // As the program builds it: the cluster's server, and a user that only AWS knows.
    const kubeconfig = JSON.stringify({
      clusters: [{ name: "c", cluster: { server: cluster.controlPlane.server } }],
      users: [{ name: "u", user: { exec: { command: "aws" } } }],
    });
    configuration = { kubeconfig: new Secret(kubeconfig) };
  });

  beforeEach(() => {
    provider = createKubernetesProvider(cluster.ctx, (server) =>
      server === cluster.controlPlane.server ? cluster.controlPlane : undefined,
    );
    options = { preview: false, configuration, signal: new AbortController().signal };
  });

  after(async () => {
    await cluster.stop();
    cluster.test.remove();
  });

  const check = (what: ResourceRef, news: Properties, olds?: Properties) =>
    provider.check(what, news, olds, configuration);

  it("creates a Deployment, waits for it, changes it and deletes it", async () => {
    const { inputs } = await check(DEPLOYMENT, deployment(1));
    const { id, outputs } = await provider.create(DEPLOYMENT, inputs, options);
    assert.equal(id, "default/app");
    assert.equal(revealed(outputs, "status", "availableReplicas"), 1);

    const news = deployment(2);
    const difference = await provider.diff(DEPLOYMENT, id, inputs, outputs, news, configuration);
    assert.deepEqual([difference.changes, difference.replaces], [["spec"], []]);
    const changed = await provider.update(DEPLOYMENT, id, inputs, outputs, news, options);
    assert.equal(revealed(changed, "status", "availableReplicas"), 2);

    await provider.delete(DEPLOYMENT, id, news, changed, options);
    assert.equal(await provider.read(DEPLOYMENT, id, news, changed, options), null);
    assert.equal(
      cluster.controlPlane.pods.list().some((pod) => pod.metadata.labels?.["app"] === "app"),
      false,
    );
  });

  it("sees drift, and no drift where only the spelling differs", async () => {
    const inputs = deployment(1);
    const { id, outputs } = await provider.create(DEPLOYMENT, inputs, options);
    const same = await provider.read(DEPLOYMENT, id, inputs, outputs, options);
    assert.deepEqual(same?.inputs, inputs);

    await cluster.kubectl("scale", "deployment/app", "--replicas=3");
    const drifted = await provider.read(DEPLOYMENT, id, inputs, outputs, options);
    assert.equal(revealed(drifted?.inputs ?? {}, "spec", "replicas"), 3);

    await provider.update(DEPLOYMENT, id, drifted?.inputs ?? {}, outputs, inputs, options);
    const repaired = await provider.read(DEPLOYMENT, id, inputs, outputs, options);
    assert.deepEqual(repaired?.inputs, inputs);
    await provider.delete(DEPLOYMENT, id, inputs, outputs, options);
  });

  it("sees that an object was deleted, and creates it again", async () => {
    const inputs: Properties = { ...named("Service", "lonely"), spec: { ports: [{ port: 80 }] } };
    const { id, outputs } = await provider.create(SERVICE, inputs, options);
    await cluster.kubectl("delete", "service", "lonely");
    assert.equal(await provider.read(SERVICE, id, inputs, outputs, options), null);
    await provider.create(SERVICE, inputs, options);
    await provider.create(SERVICE, inputs, options); // a create whose reply was lost is repeated
    await provider.delete(SERVICE, id, inputs, outputs, options);
  });

  it("replaces what the API server never changes in place", async () => {
    const inputs = deployment(0);
    const { id, outputs } = await provider.create(DEPLOYMENT, inputs, options);
    const relabelled = await provider.diff(
      DEPLOYMENT,
      id,
      inputs,
      outputs,
      deployment(0, "sleep 1", { app: "other" }),
      configuration,
    );
    assert.deepEqual(
      [relabelled.replaces, relabelled.deleteBeforeReplace],
      [["spec.selector"], true],
    );
    await provider.delete(DEPLOYMENT, id, inputs, outputs, options);

    const claim: Properties = {
      ...named("PersistentVolumeClaim", "disk"),
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } } },
    };
    const CLAIM = ref("kubernetes:core/v1:PersistentVolumeClaim", "disk");
    const made = await provider.create(CLAIM, claim, options);
    const smaller = {
      ...claim,
      spec: { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "2Gi" } } },
    };
    assert.deepEqual(
      (await provider.diff(CLAIM, made.id, claim, made.outputs, smaller, configuration)).replaces,
      ["spec.accessModes"],
    );
    await provider.delete(CLAIM, made.id, claim, made.outputs, options);
  });

  it("names what has no name, keeps the name, and may hold old and new side by side", async () => {
    const news: Properties = { data: { key: "1" }, immutable: true };
    const { inputs } = await check(CONFIG_MAP, news);
    const name = revealed(inputs, "metadata", "name");
    assert.match(String(name), /^settings-[0-9a-f]{8}$/);
    const { id, outputs } = await provider.create(CONFIG_MAP, inputs, options);

    const again = await check(CONFIG_MAP, { data: { key: "2" }, immutable: true }, inputs);
    assert.equal(revealed(again.inputs, "metadata", "name"), name);
    const difference = await provider.diff(
      CONFIG_MAP,
      id,
      inputs,
      outputs,
      again.inputs,
      configuration,
    );
    assert.deepEqual(difference.replaces, ["data"]);
    assert.equal(difference.deleteBeforeReplace, false);
    await provider.delete(CONFIG_MAP, id, inputs, outputs, options);
  });

  it("keeps secret data secret and readable by nobody's plain outputs", async () => {
    const inputs: Properties = {
      ...named("Secret", "password"),
      stringData: new Secret({ word: "sesame" }),
    };
    const { id, outputs } = await provider.create(SECRET, inputs, options);
    assert.ok(outputs["data"] instanceof Secret && outputs["stringData"] instanceof Secret);
    assert.doesNotMatch(
      JSON.stringify(outputs, (_key, value: unknown) =>
        value instanceof Secret ? "secret" : value,
      ),
      /sesame|c2VzYW1l/,
    );

    await cluster.kubectl("patch", "secret", "password", "-p", '{"data":{"word":"b3RoZXI="}}');
    const drifted = await provider.read(SECRET, id, inputs, outputs, options);
    assert.deepEqual(reveal(drifted?.inputs["stringData"] ?? null), { word: "other" });
    assert.ok(drifted?.inputs["stringData"] instanceof Secret);
    await provider.delete(SECRET, id, inputs, outputs, options);
  });

  it("refuses wrong properties before anything is made, and says where", async () => {
    const unknown = await check(CONFIG_MAP, { ...named("ConfigMap", "x"), colour: "red" });
    assert.match(unknown.failures[0]?.reason ?? "", /colour/);
    const invalid = deployment(-1);
    assert.deepEqual(
      (await check(DEPLOYMENT, invalid)).failures.map((f) => f.property),
      ["spec.replicas"],
    );
    const unsupported = await check(ref("kubernetes:yaml:ConfigFile", "x"), {});
    assert.match(unsupported.failures[0]?.reason ?? "", /not supported/);
  });

  it("lets what is not known yet, and a namespace that is still to come, pass", async () => {
    const unknown = await check(CONFIG_MAP, { ...named("ConfigMap", "x"), data: { key: UNKNOWN } });
    assert.deepEqual(unknown.failures, []);
    const elsewhere = await check(CONFIG_MAP, {
      metadata: { name: "x", namespace: "to-come" },
      data: {},
    });
    assert.deepEqual(elsewhere.failures, []);
    const previewed = await provider.create(
      SERVICE,
      { ...named("Service", "app"), spec: { ports: [{ port: 80 }] } },
      { ...options, preview: true },
    );
    assert.equal(revealed(previewed.outputs, "spec", "clusterIP"), UNKNOWN);
    const noCluster = await provider.check(CONFIG_MAP, named("ConfigMap", "x"), undefined, {
      kubeconfig: UNKNOWN,
    });
    assert.deepEqual(noCluster.failures, []);
  });

  it("says why a Deployment does not become ready, and leaves it to be gone on with", async () => {
    // Without a probe it would be ready for the moment that it runs.
    const readinessProbe = { exec: { command: ["false"] } };
    const inputs = deployment(1, "exit 9", undefined, { readinessProbe });
    inputs["metadata"] = {
      name: "broken",
      namespace: "default",
      annotations: { "pulumi.com/timeoutSeconds": "10" },
    };
    const error = await provider
      .create(DEPLOYMENT, inputs, options)
      .catch((reason: unknown) => reason);
    assert.ok(error instanceof InitializationError);
    assert.equal(error.id, "default/broken");
    assert.match(error.message, /0 of 1 pods are available.*ended with code 9/);
    await provider.delete(DEPLOYMENT, error.id, inputs, error.outputs, options);
  });

  it("deletes a namespace with all that is in it", async () => {
    const NAMESPACE = ref("kubernetes:core/v1:Namespace", "team");
    const { inputs } = await check(NAMESPACE, {
      metadata: { name: "team", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    const { id, outputs } = await provider.create(NAMESPACE, inputs, options);
    await provider.create(
      CONFIG_MAP,
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", namespace: "team" } },
      options,
    );
    const pod: Properties = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "team" },
      spec: { containers: [{ name: "c", image: "node" }] },
    };
    assert.match(
      (await check(ref("kubernetes:core/v1:Pod", "p"), pod)).failures[0]?.reason ?? "",
      /violates PodSecurity/,
    );
    await provider.delete(NAMESPACE, id, inputs, outputs, options);
    assert.equal(await provider.read(NAMESPACE, id, inputs, outputs, options), null);
  });

  it("names the cluster that it cannot find", async () => {
    const elsewhere = {
      ...options,
      configuration: { kubeconfig: "clusters: [{cluster: {server: 'https://other'}}]" },
    };
    await assert.rejects(
      provider.create(CONFIG_MAP, named("ConfigMap", "x"), elsewhere),
      /no cluster of the embedded cloud answers at https:\/\/other/,
    );
  });
});

function named(kind: string, name: string): Properties {
  return { apiVersion: "v1", kind, metadata: { name, namespace: "default" } };
}

function revealed(properties: Properties, outer: string, inner: string): unknown {
  const value = reveal(properties[outer] ?? null);
  return typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret)
    ? value[inner]
    : undefined;
}
