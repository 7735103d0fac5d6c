import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { isRunning } from "../../../local/cloud/running.ts";
import { isReady, PRETENDED, type Pod } from "../../../local/kubernetes/objects.ts";
import { eventually } from "../../support/waiting.ts";
import { startCluster, webDeployment, type TestCluster } from "./cluster.ts";

interface Answer {
  readonly pod: string;
  readonly node: string;
  readonly uid: number;
  readonly pid: number;
  readonly greeting: string;
  readonly secret: string;
  readonly audience: readonly string[];
}

describe("A control plane with local nodes", () => {
  let cluster: TestCluster;
  const post = (path: string, body: unknown): Promise<unknown> =>
    cluster.controlPlane.client.call("POST", path, { body });
  const webPods = (): Pod[] =>
    cluster.controlPlane.pods.list().filter((pod) => pod.metadata.labels?.["app"] === "web");
  const ready = (count: number): Promise<unknown> =>
    eventually(
      `${count} pods are ready`,
      () => webPods().length === count && webPods().every(isReady),
    );
  const ask = async (path = "/"): Promise<Answer> => {
    const address = cluster.ctx.zone.resolve("web.default.svc.cluster.local");
    const response = await fetch(`http://${address}:80${path}`, {
      headers: { connection: "close" },
    });
    return (await response.json()) as Answer;
  };

  before(async () => {
    cluster = await startCluster({ nodes: 2 });
    await post("/api/v1/namespaces/default/configmaps", {
      metadata: { name: "web" },
      binaryData: { greeting: Buffer.from("hello").toString("base64") },
    });
    await post("/api/v1/namespaces/default/secrets", {
      metadata: { name: "web" },
      stringData: { word: "sesame" },
    });
    await post("/api/v1/namespaces/default/services", {
      metadata: { name: "web" },
      spec: {
        type: "NodePort",
        selector: { app: "web" },
        ports: [{ name: "http", port: 80, targetPort: "http", nodePort: 30123 }],
      },
    });
    await post("/apis/apps/v1/namespaces/default/deployments", webDeployment(2));
    await ready(2);
  });

  after(async () => {
    await cluster.stop();
    cluster.test.remove();
  });

  it("runs pods as processes with their environment, files and tokens", async () => {
    const answer = await ask();
    assert.equal(answer.greeting, "hello");
    assert.equal(answer.secret, "sesame");
    assert.deepEqual(answer.audience, ["web.test"]);
    assert.notEqual(answer.uid, 0);
  });

  it("balances a Service over pods on both nodes", async () => {
    const answers = await Promise.all([ask(), ask(), ask(), ask()]);
    assert.deepEqual([...new Set(answers.map((a) => a.node))].sort(), ["node-1", "node-2"]);
    assert.equal(cluster.services.readyBackends("default", "web", 80).length, 2);
    assert.equal(cluster.services.readyBackendsOfNodePort(30123).length, 2);
    assert.equal(cluster.services.readyBackends("default", "other", 80).length, 0);
  });

  it("starts a killed process again while no request that comes after its end fails", async () => {
    const { pid, pod } = await ask();
    process.kill(pid, "SIGKILL");
    // A dying process may still take a connection, which then breaks: nobody can prevent that.
    await eventually("the process is gone", () => !isRunning(pid));
    for (let i = 0; i < 20; i++) assert.equal((await ask()).greeting, "hello");
    await eventually("the pod is restarted", () => {
      const found = webPods().find((p) => p.metadata.name === pod);
      return (
        found !== undefined &&
        isReady(found) &&
        found.status?.containerStatuses?.[0]?.restartCount === 1
      );
    });
    const status = webPods().find((p) => p.metadata.name === pod)?.status?.containerStatuses?.[0];
    assert.equal(status?.lastState.terminated?.exitCode, 137);
  });

  it("answers kubectl: get, logs, scale and delete", async () => {
    assert.match(await cluster.kubectl("get", "nodes"), /node-1 +Ready[\s\S]*node-2 +Ready/);
    const name = webPods()[0]?.metadata.name ?? "";
    assert.match(await cluster.kubectl("logs", name), /^listening on 127\.85\.\d\.\d+\n$/);
    await cluster.kubectl("scale", "deployment/web", "--replicas=3");
    await ready(3);
    const uid = webPods().find((p) => p.metadata.name === name)?.metadata.uid ?? "";
    await cluster.kubectl("delete", "pod", name, "--wait=true");
    await ready(3);
    assert.equal(
      webPods().some((p) => p.metadata.uid === uid),
      false,
    );
    assert.equal(existsSync(join(cluster.ctx.stateDir, "pods", uid)), false);
  });

  it("shows an image that it lacks as not run", async () => {
    await post("/api/v1/namespaces/default/pods", {
      metadata: { name: "foreign" },
      spec: { containers: [{ name: "main", image: "example.com/unknown:1" }] },
    });
    await eventually(
      "it is reported",
      () => cluster.ctx.parts.get("pod/foreign")?.state === "not run",
    );
    assert.match(
      cluster.ctx.parts.get("pod/foreign")?.detail ?? "",
      /unknown has no local program/,
    );
    await eventually("it is said to run, so that nobody waits for it", () =>
      isReadyPod(cluster, "default/foreign"),
    );
    const conditions = cluster.controlPlane.pods.get("default/foreign")?.status?.conditions ?? [];
    assert.equal(conditions.find((c) => c.type === PRETENDED)?.reason, "NoLocalProgram");
    await cluster.kubectl("delete", "pod", "foreign");
  });

  it("completes a Job and fails one whose program fails", async () => {
    const job = (name: string, script: string): Promise<unknown> =>
      post("/apis/batch/v1/namespaces/default/jobs", {
        metadata: { name },
        spec: {
          backoffLimit: 0,
          template: {
            spec: {
              restartPolicy: "Never",
              containers: [{ name: "main", image: "busybox", command: ["sh", "-c", script] }],
            },
          },
        },
      });
    await job("good", "exit 0");
    await job("bad", "exit 7");
    await cluster.kubectl("wait", "--for=condition=Complete", "job/good", "--timeout=20s");
    await cluster.kubectl("wait", "--for=condition=Failed", "job/bad", "--timeout=20s");
  });

  it("kills what ignores SIGTERM when the grace is over", async () => {
    await post("/api/v1/namespaces/default/pods", {
      metadata: { name: "stubborn" },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: "main",
            image: "node",
            command: ["node", "-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6)"],
          },
        ],
      },
    });
    await eventually("it runs", () => cluster.ctx.parts.get("pod/stubborn")?.state === "ready");
    const pid = cluster.ctx.parts.get("pod/stubborn")?.pid ?? 0;
    await cluster.kubectl("delete", "pod", "stubborn");
    assert.equal(existsSync(`/proc/${pid}`), false);
  });

  it("restarts a container whose liveness probe fails", async () => {
    await post("/api/v1/namespaces/default/pods", {
      metadata: { name: "sick" },
      spec: {
        containers: [
          {
            name: "main",
            image: "busybox",
            command: ["sh", "-c", "sleep 1000"],
            livenessProbe: { exec: { command: ["false"] }, periodSeconds: 1, failureThreshold: 1 },
          },
        ],
      },
    });
    await eventually("it was restarted", () => {
      const status = cluster.controlPlane.pods.get("default/sick")?.status?.containerStatuses?.[0];
      return (
        (status?.restartCount ?? 0) > 0 &&
        /Liveness/.test(status?.lastState.terminated?.message ?? "")
      );
    });
    await cluster.kubectl("delete", "pod", "sick", "--grace-period=0", "--force");
  });

  it("pretends pods beyond the process cap", async () => {
    const node = await cluster.addNode({
      name: "node-full",
      processCap: 0,
      labels: { full: "yes" },
    });
    await post("/api/v1/namespaces/default/pods", {
      metadata: { name: "pretended" },
      spec: {
        nodeSelector: { full: "yes" },
        containers: [{ name: "main", image: "example.com/unknown:1" }],
      },
    });
    await eventually("it is ready", () => isReadyPod(cluster, "default/pretended"));
    assert.equal(cluster.ctx.parts.get("pod/pretended")?.pid, undefined);
    await node.remove();
    assert.doesNotMatch(await cluster.kubectl("get", "nodes"), /node-full/);
  });

  const storageClass = (name: string, reclaimPolicy: string): Promise<unknown> =>
    post("/apis/storage.k8s.io/v1/storageclasses", {
      metadata: { name },
      provisioner: "ebs.csi.aws.com",
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
      reclaimPolicy,
    });
  const claim = (name: string, storageClassName: string): Promise<unknown> =>
    post("/api/v1/namespaces/default/persistentvolumeclaims", {
      metadata: { name },
      spec: {
        storageClassName,
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
      },
    });
  /** Runs a script to its end with a claim at /data. */
  async function withDisk(claimName: string, name: string, script: string): Promise<void> {
    await post("/api/v1/namespaces/default/pods", {
      metadata: { name },
      spec: {
        restartPolicy: "Never",
        containers: [
          {
            name: "main",
            image: "busybox",
            command: ["sh", "-c", script],
            volumeMounts: [{ name: "disk", mountPath: "/data" }],
          },
        ],
        volumes: [{ name: "disk", persistentVolumeClaim: { claimName } }],
      },
    });
    await cluster.kubectl(
      "wait",
      "--for=jsonpath={.status.phase}=Succeeded",
      `pod/${name}`,
      "--timeout=15s",
    );
    await cluster.kubectl("delete", "pod", name);
  }

  it("keeps the disk of a claim whose class says so, and gives its successor an empty one", async () => {
    await storageClass("kept", "Retain");
    await claim("precious", "kept");
    await withDisk("precious", "writer", "echo kept > /data/file");
    await cluster.kubectl("delete", "pvc", "precious");
    const volumes = join(cluster.ctx.stateDir, "parts", "volumes");
    const keptNames = (): string[] =>
      readdirSync(volumes).filter((name) => name.startsWith("retained_pvc-"));
    await eventually("it is set aside", () => keptNames().length === 1);
    assert.equal(readFileSync(join(volumes, keptNames()[0] ?? "", "file"), "utf8"), "kept\n");
    await claim("precious", "kept");
    await withDisk("precious", "successor", "test ! -e /data/file");
    await cluster.kubectl("delete", "pv", (keptNames()[0] ?? "").replace("retained_", ""));
    await eventually("it goes with its volume", () => keptNames().length === 0);
    await cluster.kubectl("delete", "pvc", "precious");
  });

  it("gives a claim a disk that outlives its pod and goes with the claim", async () => {
    await storageClass("gp3", "Delete");
    await claim("disk", "gp3");
    await withDisk("disk", "writer", "echo kept > /data/file");
    await withDisk("disk", "reader", "grep kept /data/file");
    await cluster.kubectl(
      "patch",
      "pvc",
      "disk",
      "-p",
      '{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}',
    );
    await cluster.kubectl(
      "wait",
      "--for=jsonpath={.status.capacity.storage}=2Gi",
      "pvc/disk",
      "--timeout=15s",
    );
    await cluster.kubectl("delete", "pvc", "disk");
    const directory = join(cluster.ctx.stateDir, "parts", "volumes", "default_disk");
    await eventually("the disk is gone", () => !existsSync(directory));
  });

  it("runs a container with NET_ADMIN as root inside of its node's network namespace", async function () {
    const { ip } = cluster.ctx.tools;
    if (process.getuid?.() !== 0 || ip === undefined) return this.skip();
    const namespace = "svpntest8";
    execFileSync(ip, ["netns", "add", namespace]);
    try {
      const node = await cluster.addNode({
        name: "node-vpn",
        netns: namespace,
        labels: { vpn: "yes" },
      });
      await post("/api/v1/namespaces/default/pods", {
        metadata: { name: "vpn" },
        spec: {
          nodeSelector: { vpn: "yes" },
          hostNetwork: true,
          containers: [
            {
              name: "agent",
              image: "node",
              command: [
                "node",
                "-e",
                "console.log(process.getuid(), process.env.WIREGUARD_INTERFACE); setInterval(() => {}, 1e6)",
              ],
            },
            {
              name: "data-plane",
              image: "wireguard",
              command: [
                "sh",
                "-c",
                "id -u; ip netns identify $$; echo $WIREGUARD_INTERFACE; exec sleep 1000",
              ],
              securityContext: { runAsUser: 0, capabilities: { add: ["NET_ADMIN"] } },
            },
          ],
        },
      });
      await eventually("it is ready", () => isReadyPod(cluster, "default/vpn"));
      assert.equal(
        cluster.controlPlane.pods.get("default/vpn")?.status?.podIP,
        node.spec.internalIp,
      );
      await eventually("the agent has spoken", async () =>
        /svpn8n/.test(await cluster.kubectl("logs", "vpn", "-c", "agent")),
      );
      const agent = await cluster.kubectl("logs", "vpn", "-c", "agent");
      await eventually("the data plane has spoken", async () =>
        /svpn8n/.test(await cluster.kubectl("logs", "vpn", "-c", "data-plane")),
      );
      const dataPlane = await cluster.kubectl("logs", "vpn", "-c", "data-plane");
      assert.match(agent, /^65534 svpn8n\d+\n$/);
      assert.match(dataPlane, /^0\nsvpntest8\nsvpn8n\d+\n$/);
      await cluster.kubectl("delete", "pod", "vpn", "--grace-period=1");
      await node.remove();
    } finally {
      execFileSync(ip, ["netns", "delete", namespace]);
    }
  });

  it("repairs a control plane whose processes are killed, while pods run on", async () => {
    const { pid } = await ask();
    const killed = ["etcd", "kube-apiserver", "kube-scheduler"];
    for (const name of killed) process.kill(cluster.ctx.parts.get(name)?.pid ?? 0, "SIGKILL");
    assert.equal((await ask()).greeting, "hello");
    await eventually("all are ready again", () =>
      killed.every((name) => {
        const part = cluster.ctx.parts.get(name);
        return part?.restarts === 1 && part.state === "ready";
      }),
    );
    assert.equal(existsSync(`/proc/${pid}`), true);
    await cluster.kubectl("scale", "deployment/web", "--replicas=2");
    await ready(2);
    await cluster.kubectl("scale", "deployment/web", "--replicas=3");
    await ready(3);
  });

  it("brings the same pods back after a restart", async () => {
    const before = new Map(webPods().map((pod) => [pod.metadata.uid, pod.status?.podIP]));
    const { stateDir } = cluster.ctx;
    await cluster.stop();
    cluster = await startCluster({ nodes: 2, stateDir });
    await ready(3);
    assert.deepEqual(
      new Map(webPods().map((pod) => [pod.metadata.uid, pod.status?.podIP])),
      before,
    );
    await eventually("the Service answers", async () => (await ask()).greeting === "hello");
  });
});

function isReadyPod(cluster: TestCluster, key: string): boolean {
  const pod = cluster.controlPlane.pods.get(key);
  return pod !== undefined && isReady(pod);
}
