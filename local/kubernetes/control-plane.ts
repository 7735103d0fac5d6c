import { join } from "node:path";
import type { CloudContext } from "../cloud/context.ts";
import { writeFileAtomically } from "../cloud/store.ts";
import { KubernetesClient } from "./client.ts";
import {
  apiServerSpec,
  controllerManagerSpec,
  etcdSpec,
  schedulerSpec,
  type Layout,
} from "./control-plane-processes.ts";
import { Informer } from "./informer.ts";
import type { Pod, Service } from "./objects.ts";
import { kubeconfig, openPki } from "./pki.ts";
import { ClaimProvisioner } from "./claims.ts";
import { sweepPods } from "./sweep.ts";
import { SupervisedProcess } from "./supervisor.ts";

export interface ControlPlaneOptions {
  /** Verbosity of the processes' logs, default 1. */
  readonly verbosity?: number;
}

/** Address and credentials of the API server. */
interface Access {
  /** `https://127.0.0.1:16443`. */
  readonly server: string;
  readonly caPem: string;
  readonly caFile: string;
  /** Client certificate of group system:masters. */
  readonly adminCertPem: string;
  readonly adminKeyPem: string;
  /** kubeconfig (YAML) with the admin credential in it, for kubectl. */
  readonly kubeconfig: string;
  readonly kubeconfigFile: string;
}

/** A running Kubernetes control plane, and the handles by which the rest of the cloud uses it. */
export interface ControlPlane extends Access {
  readonly client: KubernetesClient;
  /** Shared caches: one watch each, however many nodes there are. */
  readonly pods: Informer<Pod>;
  readonly services: Informer<Service>;
  stop(): Promise<void>;
}

/**
 * etcd, kube-apiserver, kube-controller-manager and kube-scheduler, as EKS runs them. etcd keeps its
 * default fsync: pods, Services and leases must survive a kill -9 of the cloud.
 */
export async function startControlPlane(
  ctx: CloudContext,
  options: ControlPlaneOptions = {},
): Promise<ControlPlane> {
  const directory = join(ctx.stateDir, "parts", "kubernetes");
  const pki = await openPki(ctx, join(directory, "pki"));
  const server = `https://${ctx.addresses.apiServer.host}:${ctx.addresses.apiServer.port}`;
  const layout: Layout = { ctx, directory, pki, server, verbosity: options.verbosity ?? 1 };
  const client = new KubernetesClient({
    server,
    caPem: pki.caPem,
    certPem: pki.admin.certPem,
    keyPem: pki.admin.keyPem,
  });

  const started: SupervisedProcess[] = [];
  const start = (spec: ReturnType<typeof etcdSpec>): Promise<void> => {
    const supervised = new SupervisedProcess(ctx.parts, spec);
    started.unshift(supervised);
    return supervised.start();
  };
  const pods = new Informer<Pod>(client, "/api/v1/pods");
  const services = new Informer<Service>(client, "/api/v1/services");
  const claims = new ClaimProvisioner(ctx, client);
  const stop = async (): Promise<void> => {
    claims.stop();
    pods.stop();
    services.stop();
    // Leaves first: the API server before etcd, or its log fills with a store that is gone.
    for (const supervised of started) await supervised.stop();
    client.close();
  };
  try {
    await start(etcdSpec(layout));
    await start(apiServerSpec(layout));
    await Promise.all([
      start(controllerManagerSpec(layout)),
      start(schedulerSpec(layout)),
      pods.start(),
      services.start(),
    ]);
    sweepPods(ctx.stateDir, pods.list());
    await claims.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...writeAccess(layout), client, pods, services, stop };
}

/** How the rest of the cloud, and a person with kubectl, reaches the API; the kubeconfig is written. */
function writeAccess({ directory, pki, server }: Layout): Access {
  const config = kubeconfig(server, pki.caPem, "securevpn-admin", pki.admin);
  const kubeconfigFile = join(directory, "kubeconfig");
  writeFileAtomically(kubeconfigFile, config);
  return {
    server,
    caPem: pki.caPem,
    caFile: pki.caFile,
    adminCertPem: pki.admin.certPem,
    adminKeyPem: pki.admin.keyPem,
    kubeconfig: config,
    kubeconfigFile,
  };
}
