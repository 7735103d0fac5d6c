import type { KubernetesClient } from "../../local/kubernetes/client.ts";
import type { KubernetesObject, List } from "../../local/kubernetes/objects.ts";

type Amounts = Readonly<Record<string, string>>;

interface RequestingPod extends KubernetesObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly { readonly resources?: { readonly requests?: Amounts } }[];
  };
}

interface NodeView extends KubernetesObject {
  readonly status: { readonly allocatable: Amounts };
}

export interface Room {
  readonly node: string;
  readonly millicores: number;
  readonly mebibytes: number;
}

const millicores = (text: string): number =>
  text.endsWith("m") ? Number(text.slice(0, -1)) : Number(text) * 1_000;

function mebibytes(text: string): number {
  const [, amount = "", unit = ""] = /^(\d+)(Mi|Gi)$/.exec(text) ?? [];
  if (unit === "") throw new Error(`${text} is neither Mi nor Gi`);
  return Number(amount) * (unit === "Gi" ? 1_024 : 1);
}

/** What the requests of a node's pods leave of what it offers; init containers run before the others. */
export async function roomOfNodes(client: KubernetesClient): Promise<readonly Room[]> {
  const pods = (await client.get<List<RequestingPod>>("/api/v1/pods")).items;
  const nodes = (await client.get<List<NodeView>>("/api/v1/nodes")).items;
  return nodes.map(({ metadata, status: { allocatable } }) => {
    const requests = pods
      .filter(({ spec }) => spec.nodeName === metadata.name)
      .flatMap(({ spec }) => spec.containers.map(({ resources }) => resources?.requests ?? {}));
    const cores = requests.reduce((total, { cpu = "0" }) => total + millicores(cpu), 0);
    const memory = requests.reduce(
      (total, request) => total + mebibytes(request["memory"] ?? "0Mi"),
      0,
    );
    return {
      node: metadata.name,
      millicores: millicores(allocatable["cpu"] ?? "0") - cores,
      mebibytes: mebibytes(allocatable["memory"] ?? "0Mi") - memory,
    };
  });
}
