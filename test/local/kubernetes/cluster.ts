import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { CloudContext, Tools } from "../../../local/cloud/context.ts";
import { startControlPlane, type ControlPlane } from "../../../local/kubernetes/control-plane.ts";
import { LocalNode } from "../../../local/kubernetes/node.ts";
import { nodeAddress, type LocalNodeSpec } from "../../../local/kubernetes/node-spec.ts";
import { ServiceProxies } from "../../../local/kubernetes/services.ts";
import { testContext, type TestContext } from "../../support/cloud-context.ts";

const SLOT = 8;

export interface TestCluster {
  readonly test: TestContext;
  readonly ctx: CloudContext;
  readonly controlPlane: ControlPlane;
  readonly nodes: readonly LocalNode[];
  readonly services: ServiceProxies;
  addNode(spec: Partial<LocalNodeSpec>): Promise<LocalNode>;
  kubectl(...args: string[]): Promise<string>;
  /** Stops it; the folder stays, for another start. */
  stop(): Promise<void>;
}

/** A real control plane with local nodes. `stateDir` opens an earlier one again, as a restart does. */
export async function startCluster(options: {
  nodes: number;
  stateDir?: string;
}): Promise<TestCluster> {
  // Plain JavaScript that set-up runs before types exist.
  const setup: { resolveTools(): Tools } = await import(
    new URL("../../../local/setup/tools.mjs", import.meta.url).href
  );
  const test = await testContext({
    slot: SLOT,
    ...(options.stateDir === undefined ? {} : { stateDir: options.stateDir }),
  });
  const ctx: CloudContext = { ...test.context, tools: setup.resolveTools() };
  const controlPlane = await startControlPlane(ctx);
  const nodes: LocalNode[] = [];
  const addNode = async (spec: Partial<LocalNodeSpec>): Promise<LocalNode> => {
    const index = nodes.length + 1;
    const node = new LocalNode(ctx, controlPlane, {
      name: `node-${index}`,
      zone: `test-${index}`,
      internalIp: nodeAddress(ctx.addresses, index),
      capacity: { cpu: "4", memory: "8Gi", pods: 30 },
      ...spec,
    });
    nodes.push(node);
    await node.start();
    return node;
  };
  const services = new ServiceProxies(ctx, controlPlane);
  await services.start();
  for (let i = 0; i < options.nodes; i++) await addNode({});
  return {
    test,
    ctx,
    controlPlane,
    nodes,
    services,
    addNode,
    kubectl: async (...args) => {
      const env = {
        PATH: process.env["PATH"] ?? "",
        KUBECONFIG: controlPlane.kubeconfigFile,
        HOME: ctx.stateDir,
      };
      return (await promisify(execFile)("kubectl", args, { env })).stdout;
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await services.stop();
      await controlPlane.stop();
    },
  };
}

/** A web server that says who it is; listens on its pod's address as services do. */
export const WEB_PROGRAM = `
const { readFileSync } = require("node:fs");
const server = require("node:http").createServer((request, response) => {
  if (request.url === "/crash") process.exit(3);
  response.end(JSON.stringify({
    pod: process.env.POD_NAME, node: process.env.NODE_NAME, uid: process.getuid(), pid: process.pid,
    greeting: readFileSync(process.env.GREETING_FILE, "utf8"), secret: process.env.SECRET,
    audience: JSON.parse(Buffer.from(readFileSync(process.env.TOKEN_FILE, "utf8").split(".")[1], "base64url")).aud,
  }));
});
server.listen(8080, process.env.POD_IP, () => console.log("listening on", process.env.POD_IP));
process.on("SIGTERM", () => { console.log("draining"); server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

export function webDeployment(replicas: number): Record<string, unknown> {
  const field = (name: string, fieldPath: string) => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          terminationGracePeriodSeconds: 5,
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "topology.kubernetes.io/zone",
              whenUnsatisfiable: "DoNotSchedule",
              labelSelector: { matchLabels: { app: "web" } },
            },
          ],
          initContainers: [
            {
              name: "prepare",
              image: "busybox:1",
              command: ["sh", "-c", "printf prepared > /var/run/shared/state"],
              volumeMounts: [{ name: "shared", mountPath: "/var/run/shared" }],
            },
          ],
          containers: [
            {
              name: "web",
              image: "docker.io/library/node:24@sha256:00",
              command: ["node", "-e", WEB_PROGRAM],
              env: [
                field("POD_IP", "status.podIP"),
                field("POD_NAME", "metadata.name"),
                field("NODE_NAME", "spec.nodeName"),
                { name: "GREETING_FILE", value: "/etc/web/greeting" },
                { name: "TOKEN_FILE", value: "/var/run/secrets/web/token" },
                { name: "SECRET", valueFrom: { secretKeyRef: { name: "web", key: "word" } } },
              ],
              ports: [{ name: "http", containerPort: 8080 }],
              readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 1 },
              volumeMounts: [
                { name: "config", mountPath: "/etc/web" },
                { name: "token", mountPath: "/var/run/secrets/web" },
              ],
            },
          ],
          volumes: [
            { name: "config", configMap: { name: "web" } },
            { name: "shared", emptyDir: {} },
            {
              name: "token",
              projected: {
                sources: [{ serviceAccountToken: { audience: "web.test", path: "token" } }],
              },
            },
          ],
        },
      },
    },
  };
}
