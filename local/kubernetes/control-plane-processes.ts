import { get } from "node:https";
import { join } from "node:path";
import type { CloudContext } from "../cloud/context.ts";
import { writeFileAtomically } from "../cloud/store.ts";
import { kubeconfig, type Credential, type Pki } from "./pki.ts";
import type { SupervisedSpec } from "./supervisor.ts";

export interface Layout {
  readonly ctx: CloudContext;
  /** Folder of the control plane. */
  readonly directory: string;
  readonly pki: Pki;
  /** Base URL of the API server. */
  readonly server: string;
  readonly verbosity: number;
}

/** Issuer and default audience of service-account tokens. */
export const TOKEN_ISSUER = "https://kubernetes.default.svc.cluster.local";

/**
 * Left out: the three that write EndpointSlices, because those refuse loopback addresses (the Service
 * proxies balance over ready pods instead), and those that need a cloud's network.
 */
const CONTROLLERS = [
  "*",
  "-endpoints-controller",
  "-endpointslice-controller",
  "-endpointslice-mirroring-controller",
  "-node-ipam-controller",
  "-node-route-controller",
  "-service-lb-controller",
  "-cloud-node-lifecycle-controller",
];

/** GET answers 200 with the admin's certificate. */
function answers(layout: Layout, url: string): Promise<boolean> {
  const { caPem, admin } = layout.pki;
  return new Promise((resolve) => {
    const request = get(
      url,
      { ca: caPem, cert: admin.certPem, key: admin.keyPem, timeout: 2_000, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

function spec(
  layout: Layout,
  name: string,
  command: string,
  address: string,
  path: string,
  args: readonly string[],
): SupervisedSpec {
  return {
    name,
    kind: "control plane",
    address,
    process: {
      command,
      args,
      // HOME keeps the Go tools from asking for the user's home, where a kubeconfig of the user may lie.
      env: { PATH: process.env["PATH"] ?? "", HOME: layout.directory },
      cwd: layout.directory,
      logFile: join(layout.ctx.stateDir, "logs", `${name}.log`),
    },
    isReady: () => answers(layout, `https://${address}${path}`),
    readyWithinMs: 60_000,
  };
}

export function etcdSpec(layout: Layout): SupervisedSpec {
  const { host, clientPort, peerPort } = layout.ctx.addresses.etcd;
  const { etcd, caFile } = layout.pki;
  const peer = `https://${host}:${peerPort}`;
  return spec(layout, "etcd", layout.ctx.tools.etcd, `${host}:${clientPort}`, "/health", [
    "--name=local",
    `--data-dir=${join(layout.directory, "etcd")}`,
    `--listen-client-urls=https://${host}:${clientPort}`,
    `--advertise-client-urls=https://${host}:${clientPort}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=local=${peer}`,
    `--cert-file=${etcd.certFile}`,
    `--key-file=${etcd.keyFile}`,
    // Whoever reads etcd reads every Secret: other users of the machine must not.
    "--client-cert-auth",
    `--trusted-ca-file=${caFile}`,
    `--peer-cert-file=${etcd.certFile}`,
    `--peer-key-file=${etcd.keyFile}`,
    "--peer-client-cert-auth",
    `--peer-trusted-ca-file=${caFile}`,
    "--log-level=warn",
  ]);
}

export function apiServerSpec(layout: Layout): SupervisedSpec {
  const { apiServer, etcd, serviceCidr } = layout.ctx.addresses;
  const { pki } = layout;
  return spec(
    layout,
    "kube-apiserver",
    layout.ctx.tools.kubeApiserver,
    `${apiServer.host}:${apiServer.port}`,
    "/readyz",
    [
      `--etcd-servers=https://${etcd.host}:${etcd.clientPort}`,
      `--etcd-cafile=${pki.caFile}`,
      `--etcd-certfile=${pki.etcd.certFile}`,
      `--etcd-keyfile=${pki.etcd.keyFile}`,
      `--bind-address=${apiServer.host}`,
      `--secure-port=${apiServer.port}`,
      // The endpoints of the Service "kubernetes" would be a loopback address, which is refused.
      "--endpoint-reconciler-type=none",
      `--service-cluster-ip-range=${serviceCidr}`,
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      `--client-ca-file=${pki.caFile}`,
      `--tls-cert-file=${pki.apiServer.certFile}`,
      `--tls-private-key-file=${pki.apiServer.keyFile}`,
      // Nobody has a certificate of this name; without the setting the other components complain all day.
      `--requestheader-client-ca-file=${pki.caFile}`,
      "--requestheader-allowed-names=front-proxy-client",
      "--requestheader-username-headers=X-Remote-User",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      `--service-account-issuer=${TOKEN_ISSUER}`,
      `--service-account-key-file=${pki.serviceAccountKeyFile}`,
      `--service-account-signing-key-file=${pki.serviceAccountKeyFile}`,
      `--kubelet-certificate-authority=${pki.caFile}`,
      `--kubelet-client-certificate=${pki.kubeletClient.certFile}`,
      `--kubelet-client-key=${pki.kubeletClient.keyFile}`,
      "--kubelet-preferred-address-types=InternalIP",
      "--allow-privileged=true",
      "--profiling=false",
      `--v=${layout.verbosity}`,
    ],
  );
}

/** kubeconfig and serving certificate of a component that talks to the API server. */
function componentFlags(
  layout: Layout,
  name: string,
  credential: Credential,
  port: number,
): string[] {
  const file = join(layout.directory, "pki", `${name}.kubeconfig`);
  writeFileAtomically(file, kubeconfig(layout.server, layout.pki.caPem, name, credential));
  return [
    `--kubeconfig=${file}`,
    `--authentication-kubeconfig=${file}`,
    `--authorization-kubeconfig=${file}`,
    `--bind-address=${layout.ctx.addresses.apiServer.host}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${layout.pki.apiServer.certFile}`,
    `--tls-private-key-file=${layout.pki.apiServer.keyFile}`,
    "--leader-elect=false",
    // The default of 20 calls a second holds up the start of the controllers by 3.5 s.
    "--kube-api-qps=300",
    "--kube-api-burst=600",
    "--profiling=false",
    `--v=${layout.verbosity}`,
  ];
}

export function controllerManagerSpec(layout: Layout): SupervisedSpec {
  const { controllerManagerPort: port, apiServer } = layout.ctx.addresses;
  const { pki } = layout;
  return spec(
    layout,
    "kube-controller-manager",
    layout.ctx.tools.kubeControllerManager,
    `${apiServer.host}:${port}`,
    "/healthz",
    [
      ...componentFlags(layout, "kube-controller-manager", pki.controllerManager, port),
      `--controllers=${CONTROLLERS.join(",")}`,
      `--root-ca-file=${pki.caFile}`,
      `--service-account-private-key-file=${pki.serviceAccountKeyFile}`,
      "--use-service-account-credentials=true",
      // A new node keeps its not-ready taint until the next turn; 5 s would be most of a start.
      "--node-monitor-period=500ms",
      // A new Deployment has one pod until its autoscaler's first turn; 15 s would be most of a start.
      "--horizontal-pod-autoscaler-sync-period=2s",
    ],
  );
}

export function schedulerSpec(layout: Layout): SupervisedSpec {
  const { schedulerPort: port, apiServer } = layout.ctx.addresses;
  return spec(
    layout,
    "kube-scheduler",
    layout.ctx.tools.kubeScheduler,
    `${apiServer.host}:${port}`,
    "/healthz",
    [...componentFlags(layout, "kube-scheduler", layout.pki.scheduler, port)],
  );
}
