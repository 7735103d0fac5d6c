import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProcessSpec } from "../cloud/process.ts";
import { containerEnvironment, expand, type PodFacts } from "./environment.ts";
import { isOnNodeNetwork, programPath, resolveProgram } from "./images.ts";
import type { Identity } from "./isolation.ts";
import type { Container, Pod } from "./objects.ts";
import { pathRewriter, type Mount } from "./paths.ts";
import type { NodeRuntime } from "./runtime.ts";
import type { Volumes } from "./volumes.ts";

/** How a container's process is started: made anew for each run, so that changed Secrets arrive. */
export type Plan =
  | {
      readonly kind: "process";
      readonly process: ProcessSpec;
      readonly exec: (command: readonly string[]) => ProcessSpec;
    }
  /** Beyond the process cap: said to run. */
  | { readonly kind: "pretend" }
  | { readonly kind: "not run"; readonly why: string };

const SIMULATOR = fileURLToPath(new URL("../network/data-plane-simulator.ts", import.meta.url));

const asksForNetAdmin = (container: Container): boolean =>
  container.securityContext?.capabilities?.add?.includes("NET_ADMIN") ?? false;

/** The network namespace in which this node's data planes really run; undefined: they are simulated. */
function dataPlaneNamespace({ spec }: NodeRuntime): string | undefined {
  return spec.simulatedDataPlane === true || spec.netns === "" ? undefined : spec.netns;
}

/** Whether a pod has a data plane, so that its containers agree on the interface's name. */
const hasDataPlane = (pod: Pod): boolean => pod.spec.containers.some(asksForNetAdmin);

/**
 * Everything that a container's process is started with. The user that the pod asks for is not taken
 * literally: uid 1000 on this machine is a person. All run as `nobody`, but for a container that asks
 * for uid 0 with NET_ADMIN and has a network namespace of the node's to use it in. The agent of a VPN
 * server stays outside of that namespace, where the API is; its resolver is inside.
 */
export async function planContainer(
  runtime: NodeRuntime,
  facts: PodFacts,
  container: Container,
  volumes: Volumes,
  directory: string,
  logFile: string,
): Promise<Plan> {
  const mounts: Mount[] = (container.volumeMounts ?? []).map((mount) => ({
    mountPath: mount.mountPath,
    hostPath: join(volumes.pathOf(mount.name), mount.subPath ?? ""),
  }));
  const rewrite = pathRewriter(mounts);
  const own = await containerEnvironment(container, facts, runtime.client);
  const netAdmin = asksForNetAdmin(container);
  const netns = dataPlaneNamespace(runtime);
  const simulated = netAdmin && netns === undefined;
  const beside = isOnNodeNetwork(container.image);
  // Where no packet travels, nobody asks it.
  if (beside && netns === undefined) return { kind: "pretend" };
  const text = (value: string): string => rewrite(expand(value, own));
  const resolved = simulated
    ? { argv: [runtime.ctx.tools.node, SIMULATOR] }
    : resolveProgram(
        container.image,
        container.command?.map(text),
        (container.args ?? []).map(text),
        runtime.ctx.tools,
        facts.podIp,
      );
  if ("missing" in resolved) return { kind: "not run", why: resolved.missing };

  const privileged = netAdmin && !simulated && process.getuid?.() === 0;
  const identity = privileged ? undefined : runtime.isolation.defaultIdentity;
  const home = makeHome(join(directory, "containers", container.name), identity);
  const rewritten = Object.fromEntries(
    Object.entries(own).map(([name, value]) => [name, rewrite(value)]),
  );
  const workingDir = container.workingDir === undefined ? home : rewrite(container.workingDir);
  const shared = {
    env: {
      ...baseEnvironment(runtime, facts, home, rewrite),
      ...mergeNodeOptions(runtime, rewritten),
      ...dataPlane(runtime, facts.pod),
    },
    cwd: workingDir === container.workingDir ? home : workingDir,
  };
  const place = privileged || beside ? netns : undefined;
  const spec = (argv: readonly string[], logFile: string): ProcessSpec => {
    const [command = "false", ...args] = inside(runtime, place, identity, argv);
    return { ...shared, command, args, logFile };
  };
  return {
    kind: "process",
    process: spec(resolved.argv, logFile),
    exec: (command) => {
      const found = resolveProgram(container.image, command.map(text), [], runtime.ctx.tools);
      return spec("missing" in found ? ["false"] : found.argv, "/dev/null");
    },
  };
}

/** A command line as a user, in a network namespace where there is one. */
function inside(
  { ctx, isolation }: NodeRuntime,
  netns: string | undefined,
  identity: Identity | undefined,
  argv: readonly string[],
): string[] {
  const wrapped = isolation.wrap(identity, argv);
  return netns === undefined ? wrapped : [ctx.tools.ip ?? "ip", "netns", "exec", netns, ...wrapped];
}

/** A container's own folder, which takes the place of its image's writable layer, with a `tmp` in it. */
function makeHome(home: string, owner: Identity | undefined): string {
  for (const folder of [home, join(home, "tmp")]) {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  }
  return home;
}

function baseEnvironment(
  runtime: NodeRuntime,
  facts: PodFacts,
  home: string,
  rewrite: (text: string) => string,
): Record<string, string> {
  const { apiServer } = runtime.ctx.addresses;
  return {
    PATH: programPath(runtime.ctx.tools),
    HOME: home,
    TMPDIR: rewrite("/tmp") === "/tmp" ? join(home, "tmp") : rewrite("/tmp"),
    HOSTNAME: facts.pod.metadata.name,
    // Not the Service's address: its port 443 can be bound by root only.
    KUBERNETES_SERVICE_HOST: apiServer.host,
    KUBERNETES_SERVICE_PORT: String(apiServer.port),
    KUBERNETES_SERVICE_PORT_HTTPS: String(apiServer.port),
    NODE_EXTRA_CA_CERTS: runtime.controlPlane.caFile,
    // The same for programs in Go: the cloud's authority stands for the roots of their image.
    SSL_CERT_FILE: runtime.ctx.ca.file,
    ...runtime.ctx.zone.environment(),
  };
}

/** A container's own NODE_OPTIONS are added to the cloud's, without which it could resolve no name. */
function mergeNodeOptions(
  runtime: NodeRuntime,
  own: Record<string, string>,
): Record<string, string> {
  const ours = runtime.ctx.zone.environment()["NODE_OPTIONS"];
  const theirs = own["NODE_OPTIONS"];
  return ours === undefined || theirs === undefined
    ? own
    : { ...own, NODE_OPTIONS: `${ours} ${theirs}` };
}

/** Interfaces of all nodes share one socket folder, so each node's has a name of its own. */
function dataPlane(runtime: NodeRuntime, pod: Pod): Record<string, string> {
  if (!hasDataPlane(pod)) return {};
  return {
    WIREGUARD_INTERFACE: runtime.wireguardInterface,
    ...(dataPlaneNamespace(runtime) === undefined ? { DATA_PLANE: "simulated" } : {}),
  };
}
