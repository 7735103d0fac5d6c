import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import YAML from "yaml";
import { MAINTENANCE, NAMESPACES } from "../../../services/contract/index.ts";
import { alertmanagerConfig } from "../../../infra/monitoring/alertmanager-config.ts";
import { prometheusConfig } from "../../../infra/monitoring/prometheus-config.ts";
import { Secret, type Program, type Recorded } from "../support/program.ts";
import { at, listAt, named, textAt } from "../support/read.ts";
import { regionOf } from "../support/regions.ts";

const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const POD = "spec.template.spec";

let local: Program;
let prod: Program;
before(async () => {
  local = await regionOf("local");
  prod = await regionOf("prod");
});

const podOf = (workload: Recorded): unknown => at(workload.inputs, POD);
const containersOf = (workload: Recorded): readonly unknown[] =>
  listAt(podOf(workload), "containers");
function labelOf(metadata: unknown, key: string): unknown {
  const labels = at(metadata, "labels");
  return typeof labels === "object" && labels !== null ? Reflect.get(labels, key) : undefined;
}
const appsOf = (program: Program): string[] => program.ofType(STATEFUL_SET).map(({ name }) => name);

describe("monitoring", () => {
  it("has a second Prometheus where the region has a second zone for its data", () => {
    assert.deepEqual(
      appsOf(local).filter((name) => name.startsWith("prometheus")),
      ["prometheus-0"],
    );
    assert.deepEqual(
      appsOf(prod).filter((name) => name.startsWith("prometheus")),
      ["prometheus-0", "prometheus-1"],
    );
  });

  it("has an exporter a shard, with a container an instance", () => {
    for (const shard of ["shard-0", "shard-1"]) {
      const exporter = prod.one(STATEFUL_SET, `postgres-exporter-${shard}`);
      assert.deepEqual(
        containersOf(exporter).map((container) => textAt(container, "name")),
        ["primary", "replica-0"],
      );
      assert.equal(
        labelOf(at(exporter.inputs, "spec.template.metadata"), "securevpn.example/shard"),
        shard,
      );
    }
  });

  it("keeps its data on claims that are resources, on encrypted volumes that outlive them", () => {
    assert.deepEqual(
      prod
        .ofType(CLAIM)
        .map(({ name }) => name)
        .sort(),
      ["grafana", "prometheus-0", "prometheus-1"],
    );
    for (const { inputs } of prod.ofType(STATEFUL_SET))
      assert.equal(at(inputs, "spec.volumeClaimTemplates"), undefined);
    const { inputs } = prod.one("kubernetes:storage.k8s.io/v1:StorageClass", "storage");
    assert.deepEqual(at(inputs, "parameters"), { type: "gp3", encrypted: "true" });
    assert.equal(at(inputs, "reclaimPolicy"), "Retain");
    assert.equal(at(inputs, "volumeBindingMode"), "WaitForFirstConsumer");
  });

  it("cannot be reached from outside the cluster", () => {
    for (const { inputs } of prod.ofType("kubernetes:core/v1:Service")) {
      if (at(inputs, "metadata.namespace") !== NAMESPACES.monitoring) continue;
      assert.equal(at(inputs, "spec.type"), "ClusterIP");
    }
  });

  it("holds no secret in an environment variable and none in plain", () => {
    for (const workload of prod.ofType(STATEFUL_SET))
      for (const container of containersOf(workload))
        for (const variable of at(container, "env") === undefined ? [] : listAt(container, "env")) {
          assert.equal(at(variable, "valueFrom"), undefined);
          assert.ok(!(at(variable, "value") instanceof Secret));
        }
    for (const name of ["grafana-secrets", "redis-exporter", "postgres-exporter-shard-0"])
      assert.ok(
        at(prod.one("kubernetes:core/v1:Secret", name).inputs, "stringData") instanceof Secret,
        name,
      );
  });

  it("is restricted, has requests and limits, and no token but Prometheus's own projected one", () => {
    for (const workload of prod.ofType(STATEFUL_SET)) {
      assert.equal(at(podOf(workload), "automountServiceAccountToken"), false);
      for (const container of containersOf(workload)) {
        assert.match(textAt(container, "image"), /@sha256:[0-9a-f]{64}$/);
        textAt(container, "resources.requests.cpu");
        textAt(container, "resources.limits.memory");
        assert.equal(at(container, "securityContext.runAsNonRoot"), true);
        assert.equal(at(container, "securityContext.readOnlyRootFilesystem"), true);
        assert.notDeepEqual(at(container, "readinessProbe"), at(container, "livenessProbe"));
      }
    }
  });

  it("has flows listed for every app", () => {
    const apps = new Set(
      prod
        .ofType(STATEFUL_SET)
        .map(({ inputs }) => String(labelOf(at(inputs, "metadata"), "app.kubernetes.io/name"))),
    );
    for (const app of apps) {
      const { inputs } = prod.one(POLICY, app);
      assert.deepEqual(at(inputs, "spec.policyTypes"), ["Ingress", "Egress"]);
    }
  });
});

describe("the configuration of Prometheus", () => {
  const config = (): unknown =>
    YAML.parse(prometheusConfig({ region: "us-east-1", apiServer: "https://api.example:443" }));

  it("finds pods by the API server, with paths beside itself", () => {
    for (const job of listAt(config(), "scrape_configs")) {
      const [discovery] = listAt(job, "kubernetes_sd_configs");
      assert.equal(at(discovery, "role"), "pod");
      assert.equal(at(discovery, "api_server"), "https://api.example:443");
      assert.equal(at(discovery, "authorization.credentials_file"), "token");
      assert.equal(at(discovery, "tls_config.ca_file"), "ca.crt");
    }
  });

  it("asks the platform's pods alone, on ports that are named for it", () => {
    const platform = listAt(config(), "scrape_configs").find(
      (job) => at(job, "job_name") === "platform",
    );
    const kept = listAt(platform, "relabel_configs").filter(
      (rule) => at(rule, "action") === "keep",
    );
    const port = kept.find((rule) =>
      listAt(rule, "source_labels").includes("__meta_kubernetes_pod_container_port_name"),
    );
    const asked = new RegExp(`^(?:${textAt(port, "regex")})$`);
    for (const name of ["internal", "metrics", "metrics-1", "web"]) assert.match(name, asked);
    for (const name of ["http", "gossip", "wireguard"]) assert.doesNotMatch(name, asked);
    assert.deepEqual(
      listAt(listAt(platform, "kubernetes_sd_configs")[0], "namespaces.names"),
      Object.values(NAMESPACES),
    );
  });
});

describe("the configuration of Alertmanager", () => {
  it("groups by problem, and tells nobody until a receiver is added", () => {
    const config: unknown = YAML.parse(alertmanagerConfig());
    assert.deepEqual(at(config, "route.group_by"), ["alertname", "region"]);
    assert.deepEqual(at(config, "receivers"), [{ name: at(config, "route.receiver") }]);
  });
});

describe("the cluster autoscaler", () => {
  it("has one pod a zone, of which one leads, and is told each group with its bounds", () => {
    const { inputs } = prod.one("kubernetes:apps/v1:Deployment", "cluster-autoscaler");
    assert.equal(at(inputs, "spec.replicas"), 3);
    assert.equal(at(inputs, "metadata.namespace"), NAMESPACES.system);
    const [container] = listAt(at(inputs, POD), "containers");
    const args = listAt(container, "args");
    for (const flag of [
      "--leader-elect=true",
      "--expander=least-waste",
      "--balance-similar-node-groups=true",
      "--skip-nodes-with-system-pods=false",
      `--namespace=${NAMESPACES.system}`,
    ])
      assert.ok(args.includes(flag), flag);
    const groups = prod.ofType("aws:eks/nodeGroup:NodeGroup").map(({ name }) => `${name}-asg`);
    const told = args.map(String).filter((arg) => arg.startsWith("--nodes="));
    assert.deepEqual(
      told.map((arg) => arg.split(":")[2]),
      groups,
    );
    // Started with 2 nodes a zone for services and with 5 for VPN servers.
    assert.deepEqual(
      told.map((arg) => arg.replace(/:[^:]*$/, "")),
      [...Array(3).fill("--nodes=2:6"), ...Array(3).fill("--nodes=1:25")],
    );
    assert.ok(!args.some((arg) => String(arg).includes("auto-discovery")));
    assert.ok(args.includes("--enforce-node-group-min-size=true"));
  });
});

describe("the nightly maintenance", () => {
  it("runs one at a time, ends by a deadline, and has the passwords of its role alone", () => {
    const { inputs } = prod.one("kubernetes:batch/v1:CronJob", MAINTENANCE.name);
    assert.equal(at(inputs, "spec.concurrencyPolicy"), "Forbid");
    assert.equal(at(inputs, "spec.startingDeadlineSeconds"), 3600);
    assert.equal(at(inputs, "spec.jobTemplate.spec.activeDeadlineSeconds"), 1800);
    assert.equal(at(inputs, "spec.failedJobsHistoryLimit"), 3);
    const pod = at(inputs, "spec.jobTemplate.spec.template.spec");
    const secrets = named(listAt(pod, "volumes"), "secrets");
    assert.equal(at(secrets, "secret.secretName"), `${MAINTENANCE.name}-secrets`);
    const files = at(
      prod.one("kubernetes:core/v1:Secret", `${MAINTENANCE.name}-secrets`).inputs,
      "stringData",
    );
    assert.ok(files instanceof Secret);
    assert.deepEqual(Object.keys(Object(files.value)).sort(), [
      "shard-0-auth-password",
      "shard-1-auth-password",
    ]);
  });
});
