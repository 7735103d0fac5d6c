import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { z } from "zod";
import { AGENT, AGENT_TOKEN_AUDIENCE } from "../../contract/index.ts";

const TIMEOUT_MS = 5_000;

const review = z.object({
  status: z.object({
    authenticated: z.boolean().optional(),
    audiences: z.array(z.string()).optional(),
    user: z
      .object({ username: z.string(), extra: z.record(z.string(), z.array(z.string())).optional() })
      .optional(),
  }),
});

const nodeShape = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).optional() }),
  status: z.object({ addresses: z.array(z.object({ type: z.string(), address: z.string() })) }),
});

export interface NodeFacts {
  readonly node: string;
  readonly zone: string;
  /** Address that clients reach: the node's external one, else the internal one. */
  readonly host: string;
}

export interface KubernetesOptions {
  readonly host: string;
  readonly port: number;
  /** Folder of the pod's own token and the cluster's CA. */
  readonly serviceAccountDir: string;
}

/** The two questions that the selector asks the API server: whose token is this, and where is its node. */
export class KubernetesApi {
  readonly #options: KubernetesOptions;

  constructor(options: KubernetesOptions) {
    this.#options = options;
  }

  /** Node on which the owner of an agent's token runs; undefined when the token is not a VPN server's. */
  async reviewAgentToken(token: string): Promise<string | undefined> {
    const body = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      spec: { token, audiences: [AGENT_TOKEN_AUDIENCE] },
    };
    const { status } = review.parse(
      await this.#call("POST", "/apis/authentication.k8s.io/v1/tokenreviews", body),
    );
    const agent = `system:serviceaccount:${AGENT.namespace}:${AGENT.serviceAccount}`;
    if (
      status.authenticated !== true ||
      status.user?.username !== agent ||
      status.audiences?.includes(AGENT_TOKEN_AUDIENCE) !== true
    )
      return undefined;
    return status.user.extra?.["authentication.kubernetes.io/node-name"]?.[0];
  }

  async node(name: string): Promise<NodeFacts> {
    const found = nodeShape.parse(
      await this.#call("GET", `/api/v1/nodes/${encodeURIComponent(name)}`),
    );
    const addressOf = (type: string): string | undefined =>
      found.status.addresses.find((item) => item.type === type)?.address;
    const host = addressOf("ExternalIP") ?? addressOf("InternalIP");
    if (host === undefined) throw new Error("the node has no address");
    return {
      node: name,
      zone: found.metadata.labels?.["topology.kubernetes.io/zone"] ?? "unknown",
      host,
    };
  }

  #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const { host, port, serviceAccountDir } = this.#options;
    // Read each time: the token is replaced about once an hour.
    const token = readFileSync(join(serviceAccountDir, "token"), "utf8").trim();
    const ca = readFileSync(join(serviceAccountDir, "ca.crt"));
    return new Promise((resolve, reject) => {
      const call = request(
        {
          host,
          port,
          method,
          path,
          ca,
          timeout: TIMEOUT_MS,
          headers: {
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
            accept: "application/json",
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            if ((response.statusCode ?? 500) >= 300)
              reject(new Error(`${method} ${path}: HTTP ${response.statusCode ?? 0}`));
            else resolve(JSON.parse(text));
          });
        },
      );
      call.on("timeout", () =>
        call.destroy(new Error(`${method} ${path}: no answer in ${TIMEOUT_MS} ms`)),
      );
      call.on("error", reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
