import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { AGENT, FILES, NAMESPACES, RESOLVER, SERVICES } from "../../../services/contract/index.ts";
import { Secret, type Program, type Recorded } from "../support/program.ts";
import { at, listAt, named, textAt } from "../support/read.ts";
import { regionOf } from "../support/regions.ts";

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const CONTAINERS = "spec.template.spec.containers";
const PROBES = ["startupProbe", "readinessProbe", "livenessProbe"];

let prod: Program;
before(async () => {
  prod = await regionOf("prod");
});

const deployment = (name: string): Recorded => prod.one(DEPLOYMENT, name);
const podOf = (name: string): unknown => at(deployment(name).inputs, "spec.template.spec");
const containersOf = (name: string): readonly unknown[] => [
  ...listAt(podOf(name), "containers"),
  ...(at(podOf(name), "initContainers") === undefined ? [] : listAt(podOf(name), "initContainers")),
];
const everyContainer = (): readonly unknown[] =>
  prod.ofType(DEPLOYMENT).flatMap(({ name }) => containersOf(name));
/** The Secret or ConfigMap behind the volume that a container mounts at a path. */
function sourceOf(pod: unknown, container: unknown, path: string): string {
  const mount = listAt(container, "volumeMounts").find((item) => at(item, "mountPath") === path);
  const volume = named(listAt(pod, "volumes"), textAt(mount, "name"));
  return String(at(volume, "secret.secretName") ?? at(volume, "configMap.name"));
}

describe("every container", () => {
  it("has an image by digest, requests, a memory limit and no literal secret", () => {
    for (const container of everyContainer()) {
      assert.match(textAt(container, "image"), /@sha256:[0-9a-f]{64}$/);
      for (const path of [
        "resources.requests.cpu",
        "resources.requests.memory",
        "resources.limits.memory",
      ])
        textAt(container, path);
      for (const variable of listAt(container, "env"))
        assert.ok(!(at(variable, "value") instanceof Secret));
    }
  });

  it("is restricted, but for the one with NET_ADMIN, which has that alone", () => {
    for (const container of everyContainer()) {
      const isDataPlane = at(container, "name") === AGENT.containers.dataPlane;
      assert.equal(at(container, "securityContext.allowPrivilegeEscalation"), false);
      assert.equal(at(container, "securityContext.readOnlyRootFilesystem"), true);
      assert.deepEqual(at(container, "securityContext.seccompProfile"), { type: "RuntimeDefault" });
      assert.deepEqual(at(container, "securityContext.capabilities"), {
        drop: ["ALL"],
        ...(isDataPlane ? { add: ["NET_ADMIN"] } : {}),
      });
      assert.equal(at(container, "securityContext.runAsUser"), isDataPlane ? 0 : 65534);
      assert.equal(at(container, "securityContext.privileged"), undefined);
    }
  });
});

describe("a service", () => {
  it("has three pods in prod, spread over zones, of which a roll or an eviction takes one at a time", () => {
    for (const { name } of SERVICES) {
      const { inputs } = deployment(name);
      assert.equal(at(inputs, "spec.replicas"), undefined, "the number is the autoscaler's");
      assert.deepEqual(at(inputs, "spec.strategy.rollingUpdate"), {
        maxSurge: 1,
        maxUnavailable: 0,
      });
      const keys = listAt(podOf(name), "topologySpreadConstraints").map((item) =>
        at(item, "topologyKey"),
      );
      assert.deepEqual(keys, ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]);
      const budget = prod.one("kubernetes:policy/v1:PodDisruptionBudget", name).inputs;
      assert.equal(at(budget, "spec.maxUnavailable"), 1);
      assert.deepEqual(at(budget, "spec.selector"), at(inputs, "spec.selector"));
    }
  });

  it("is asked for readiness and liveness on its internal port, by different paths", () => {
    for (const { name } of SERVICES) {
      const container = named(listAt(deployment(name).inputs, CONTAINERS), name);
      const paths = PROBES.map((probe) => at(container, `${probe}.httpGet.path`));
      assert.deepEqual(paths, ["/livez", "/readyz", "/livez"]);
      for (const probe of PROBES) assert.equal(at(container, `${probe}.httpGet.port`), 9090);
    }
  });

  it("waits for the balancer before it ends, and is given the time to drain", () => {
    for (const { name } of SERVICES) {
      const container = named(listAt(deployment(name).inputs, CONTAINERS), name);
      const preStop = Number(at(container, "lifecycle.preStop.sleep.seconds"));
      assert.ok(preStop >= 15);
      assert.ok(Number(at(podOf(name), "terminationGracePeriodSeconds")) >= preStop + 20 + 5);
    }
  });

  it("gets a token of the Kubernetes API only where its manifest asks", () => {
    for (const { name, kubernetesApi } of SERVICES) {
      assert.equal(at(podOf(name), "automountServiceAccountToken"), kubernetesApi);
      assert.equal(
        prod.one("kubernetes:core/v1:ServiceAccount", name).inputs["automountServiceAccountToken"],
        false,
      );
    }
  });

  it("is behind its fixed NodePort, and its internal port is inside the cluster alone", () => {
    for (const { name, nodePort } of SERVICES) {
      const open = prod.one("kubernetes:core/v1:Service", name).inputs;
      assert.deepEqual(
        [at(open, "spec.type"), at(open, "spec.ports.0.nodePort")],
        ["NodePort", nodePort],
      );
      assert.equal(
        at(prod.one("kubernetes:core/v1:Service", `${name}-internal`).inputs, "spec.type"),
        "ClusterIP",
      );
    }
    const types = new Set(
      prod.ofType("kubernetes:core/v1:Service").map(({ inputs }) => at(inputs, "spec.type")),
    );
    assert.deepEqual([...types].sort(), ["ClusterIP", "NodePort"]);
  });
});

describe("secret files", () => {
  const files = (name: string): string[] => {
    const data = at(prod.one("kubernetes:core/v1:Secret", name).inputs, "stringData");
    assert.ok(data instanceof Secret, `${name} is not marked as secret`);
    return Object.keys(Object(data.value)).sort();
  };

  it("reach a container only if it needs them", () => {
    assert.deepEqual(files("auth-secrets"), [
      "cache-password",
      "email-hash-key",
      "shard-0-auth-password",
      "shard-1-auth-password",
      "token-signing-seeds",
    ]);
    assert.deepEqual(files("selector-secrets"), [
      "cache-password",
      "shard-0-selector-password",
      "shard-1-selector-password",
    ]);
    assert.deepEqual(
      files("auth-init-secrets").filter((name) => name.endsWith("owner-password")),
      ["shard-0-owner-password", "shard-1-owner-password"],
    );
  });

  it("of the migrations are mounted in the init container alone", () => {
    const pod = podOf("auth");
    const migrate = named(listAt(pod, "initContainers"), "migrate");
    const auth = named(listAt(pod, "containers"), "auth");
    assert.equal(sourceOf(pod, migrate, FILES.secretsDir), "auth-init-secrets");
    assert.equal(sourceOf(pod, auth, FILES.secretsDir), "auth-secrets");
    assert.match(sourceOf(pod, migrate, FILES.bundleDir), /^auth-init-bundle-[0-9a-f]{10}$/);
    assert.match(sourceOf(pod, auth, FILES.bundleDir), /^auth-bundle-[0-9a-f]{10}$/);
  });
});

describe("ConfigMaps", () => {
  it("are immutable and named by the hash of their content", () => {
    const maps = prod.ofType("kubernetes:core/v1:ConfigMap");
    assert.ok(maps.length >= 6);
    for (const { inputs } of maps) {
      assert.equal(inputs["immutable"], true);
      assert.match(textAt(inputs, "metadata.name"), /-[0-9a-f]{10}$/);
    }
  });

  it("tell the services the addresses and ports that the databases and the cache came up with", () => {
    const region = JSON.parse(
      String(
        Reflect.get(
          Object(prod.one("kubernetes:core/v1:ConfigMap", "region").inputs["data"]),
          "region.json",
        ),
      ),
    );
    assert.deepEqual(region.shards[0].primary, { host: "shard-0.test", port: 15432 });
    assert.deepEqual(region.shards[1].replicas, [{ host: "shard-1-replica-0.test", port: 15432 }]);
    assert.deepEqual([region.cache.host, region.cache.port], ["cache.test", 16379]);
  });
});

describe("VPN servers", () => {
  it("are one a node, on the node's network, and a roll replaces one at a time", () => {
    const pod = podOf("vpn-servers");
    assert.equal(at(pod, "hostNetwork"), true);
    assert.deepEqual(at(deployment("vpn-servers").inputs, "spec.strategy.rollingUpdate"), {
      maxSurge: 0,
      maxUnavailable: 1,
    });
    assert.deepEqual(at(pod, "nodeSelector"), { "securevpn.example/role": "endpoint" });
    assert.deepEqual(at(pod, "tolerations.0"), {
      key: "securevpn.example/role",
      value: "endpoint",
      effect: "NoSchedule",
    });
    const agent = named(listAt(pod, "containers"), AGENT.containers.agent);
    assert.equal(at(agent, "ports.0.hostPort"), AGENT.udpPort);
  });

  it("show the selector a token of its audience, and hold none of the Kubernetes API", () => {
    const pod = podOf("vpn-servers");
    assert.equal(at(pod, "automountServiceAccountToken"), false);
    const token = at(
      named(listAt(pod, "volumes"), "token"),
      "projected.sources.0.serviceAccountToken",
    );
    assert.equal(at(token, "audience"), "selector.securevpn");
  });

  it("answer DNS where clients are told to ask: at the gateway, from the upstreams of config over TLS", () => {
    const pod = podOf("vpn-servers");
    const resolver = named(listAt(pod, "containers"), AGENT.containers.resolver);
    const dataPlane = named(listAt(pod, "containers"), AGENT.containers.dataPlane);
    assert.equal(
      at(named(listAt(dataPlane, "env"), "RESOLVER_PORT"), "value"),
      String(RESOLVER.port),
    );
    const corefile = textAt(
      prod.one("kubernetes:core/v1:ConfigMap", "vpn-servers-resolver").inputs,
      "data.Corefile",
    );
    assert.match(sourceOf(pod, resolver, "/etc/securevpn/resolver"), /^vpn-servers-resolver-/);
    assert.match(corefile, /^ {4}bind 100\.64\.0\.1 fd5e:7665:706e::1$/m);
    // Measured: a query without an answer holds 58 kB; a full cache about 40 MB.
    const most = Number(/max_concurrent (\d+)/.exec(corefile)?.[1]);
    assert.ok(
      most * 58_000 + 40_000_000 < 256 * 2 ** 20,
      "unanswered queries fit the memory limit",
    );
    assert.match(
      corefile,
      /^ {4}forward \. tls:\/\/9\.9\.9\.9%dns\.quad9\.net tls:\/\/1\.1\.1\.1%cloudflare-dns\.com \{$/m,
    );
    for (const tellsNames of [/^ *log\b/m, /^ *errors\b/m, /^ *dnstap\b/m])
      assert.doesNotMatch(corefile, tellsNames);
    assert.deepEqual(at(resolver, "securityContext.capabilities"), { drop: ["ALL"] });
  });

  it("show Prometheus how their resolvers do, through the nodes' firewall", () => {
    const rule = prod.one(
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "firewall-endpoint-in-dns-metrics",
    ).inputs;
    assert.deepEqual(
      [rule["fromPort"], rule["toPort"]],
      [RESOLVER.metricsPort, RESOLVER.metricsPort],
    );
  });

  it("keep keys in memory, in a folder that agent and data plane share, and the resolver does not see", () => {
    const pod = podOf("vpn-servers");
    assert.equal(at(named(listAt(pod, "volumes"), "wireguard"), "emptyDir.medium"), "Memory");
    const { agent, dataPlane } = AGENT.containers;
    const holders = listAt(pod, "containers").filter((container) =>
      listAt(container, "volumeMounts").some(
        (mount) => at(mount, "mountPath") === FILES.wireguardDir,
      ),
    );
    assert.deepEqual(
      holders.map((container) => at(container, "name")),
      [agent, dataPlane],
    );
  });
});

describe("namespaces", () => {
  it("are restricted but for the VPN servers', and deny what no policy lists", () => {
    const level = (name: string): unknown => {
      const labels = at(prod.one("kubernetes:core/v1:Namespace", name).inputs, "metadata.labels");
      return typeof labels === "object" && labels !== null
        ? Reflect.get(labels, "pod-security.kubernetes.io/enforce")
        : undefined;
    };
    assert.equal(level(NAMESPACES.platform), "restricted");
    assert.equal(level(NAMESPACES.vpn), "privileged");
    for (const name of Object.values(NAMESPACES)) {
      const deny = prod.one(
        "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        `${name}-default-deny`,
      ).inputs;
      assert.deepEqual(at(deny, "spec"), { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    }
  });

  it("let agents into the selector's internal port, and Prometheus alone into auth's", () => {
    const flows = (name: string) =>
      listAt(
        prod.one("kubernetes:networking.k8s.io/v1:NetworkPolicy", name).inputs,
        "spec.ingress",
      );
    const internal = (name: string) =>
      flows(name).filter((rule) => at(rule, "ports.0.port") === 9090);
    const prometheus = {
      from: [
        {
          namespaceSelector: {
            matchLabels: { "kubernetes.io/metadata.name": NAMESPACES.monitoring },
          },
          podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } },
        },
      ],
      ports: [{ port: 9090 }],
    };
    assert.deepEqual(internal("auth"), [prometheus]);
    assert.deepEqual(internal("selector")[0], prometheus);
    const blocks = listAt(internal("selector")[1], "from").map((peer) => at(peer, "ipBlock.cidr"));
    assert.deepEqual(blocks, ["10.16.128.0/20", "10.16.144.0/20", "10.16.160.0/20"]);
  });

  it("let every pod that a policy must allow be selected by one", () => {
    for (const { name } of SERVICES) {
      const policy = prod.one("kubernetes:networking.k8s.io/v1:NetworkPolicy", name).inputs;
      assert.deepEqual(
        at(policy, "spec.podSelector"),
        at(deployment(name).inputs, "spec.selector"),
      );
    }
  });
});

describe("rights in the cluster", () => {
  const rulesOf = (name: string): readonly unknown[] =>
    listAt(prod.one("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", name).inputs, "rules");

  it("of the selector are to review tokens and read nodes", () => {
    assert.deepEqual(rulesOf("token-review"), [
      { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
      { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
    ]);
  });

  it("of Prometheus are to see pods", () => {
    assert.deepEqual(rulesOf("prometheus"), [
      { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
    ]);
  });

  it("of the cluster autoscaler change nodes and evict pods, and show it no Secret", () => {
    const changing = rulesOf("cluster-autoscaler").filter((rule) =>
      listAt(rule, "verbs").some((verb) => !["get", "list", "watch"].includes(String(verb))),
    );
    assert.deepEqual(
      changing.flatMap((rule) => listAt(rule, "resources")),
      ["nodes", "pods/eviction", "pods/status", "events"],
    );
    for (const rule of rulesOf("cluster-autoscaler"))
      for (const resource of ["secrets", "configmaps"])
        assert.ok(!listAt(rule, "resources").includes(resource));
  });

  it("are nobody else's", () => {
    const subjects = prod
      .ofType("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding")
      .map(({ inputs }) => at(inputs, "subjects.0.name"));
    assert.deepEqual(subjects.sort(), ["cluster-autoscaler", "prometheus", "selector"]);
  });
});
