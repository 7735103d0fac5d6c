import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { CloudContext } from "../cloud/context.ts";
import { writeFileAtomically } from "../cloud/store.ts";

export interface Credential {
  readonly certPem: string;
  readonly keyPem: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Files that the control plane's processes read. */
export interface Pki {
  readonly caFile: string;
  readonly caPem: string;
  readonly serviceAccountKeyFile: string;
  readonly etcd: Credential;
  readonly apiServer: Credential;
  /** Shown by the API server to kubelets. */
  readonly kubeletClient: Credential;
  readonly admin: Credential;
  readonly controllerManager: Credential;
  readonly scheduler: Credential;
}

/** Common name of the certificate by which a kubelet knows the API server. */
export const KUBELET_CLIENT_NAME = "kube-apiserver-kubelet-client";

/**
 * Certificates are issued anew at every start (a few ms each) so that none ever expires on disk; only
 * the service-account key stays, because tokens that pods and clients hold must survive a restart.
 */
export async function openPki(ctx: CloudContext, directory: string): Promise<Pki> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const caFile = join(directory, "ca.crt");
  writeFileAtomically(caFile, ctx.ca.pem, 0o644);
  const issue = async (
    name: string,
    request: Parameters<CloudContext["ca"]["issue"]>[0],
  ): Promise<Credential> => {
    const { certPem, keyPem } = await ctx.ca.issue(request);
    const credential = {
      certPem,
      keyPem,
      certFile: join(directory, `${name}.crt`),
      keyFile: join(directory, `${name}.key`),
    };
    writeFileAtomically(credential.certFile, certPem, 0o644);
    writeFileAtomically(credential.keyFile, keyPem);
    return credential;
  };
  const { apiServer, etcd, serviceCidr } = ctx.addresses;
  const dnsNames = [
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  const firstServiceIp = serviceCidr.replace(/\.0\/\d+$/, ".1");
  return {
    caFile,
    caPem: ctx.ca.pem,
    serviceAccountKeyFile: serviceAccountKey(directory),
    etcd: await issue("etcd", { commonName: "etcd", ipAddresses: [etcd.host], client: true }),
    apiServer: await issue("apiserver", {
      commonName: "kube-apiserver",
      dnsNames,
      ipAddresses: [apiServer.host, firstServiceIp],
    }),
    kubeletClient: await issue("kubelet-client", {
      commonName: KUBELET_CLIENT_NAME,
      organization: "securevpn:kubelet-clients",
      client: true,
    }),
    admin: await issue("admin", {
      commonName: "securevpn-admin",
      organization: "system:masters",
      client: true,
    }),
    controllerManager: await issue("controller-manager", {
      commonName: "system:kube-controller-manager",
      client: true,
    }),
    scheduler: await issue("scheduler", { commonName: "system:kube-scheduler", client: true }),
  };
}

function serviceAccountKey(directory: string): string {
  const file = join(directory, "service-account.key");
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeFileAtomically(file, privateKey.export({ type: "sec1", format: "pem" }));
  }
  return file;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A kubeconfig with everything in it, so that it works wherever it is copied to. */
export function kubeconfig(
  server: string,
  caPem: string,
  user: string,
  credential: Credential,
): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: "securevpn", cluster: { server, "certificate-authority-data": base64(caPem) } },
    ],
    users: [
      {
        name: user,
        user: {
          "client-certificate-data": base64(credential.certPem),
          "client-key-data": base64(credential.keyPem),
        },
      },
    ],
    contexts: [{ name: "securevpn", context: { cluster: "securevpn", user } }],
    "current-context": "securevpn",
  });
}
