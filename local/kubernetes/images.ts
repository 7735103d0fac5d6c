import { accessSync, constants } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Tools } from "../cloud/context.ts";

interface ImageProgram {
  /** What the image runs when the pod gives no command. */
  readonly entrypoint: readonly string[];
  /** Flags with an address to listen on. All pods of a machine share its ports, so they bind their own address. */
  readonly listenFlags?: readonly string[];
  /** Of a pod on its node's network it runs in the node's namespace, beside the data plane. */
  readonly onNodeNetwork?: boolean;
  /** Script that starts the program with what it lacks here; its first argument is the program. */
  readonly standIn?: string;
}

const STAND_INS = fileURLToPath(new URL("stand-ins/", import.meta.url));

/**
 * Local programs that stand for images, by the last segment of the repository (registry, tag and
 * digest do not matter: set-up pins the programs). An image that is missing here is shown as not run.
 */
const PROGRAMS: Readonly<Record<string, ImageProgram>> = {
  node: { entrypoint: ["node"] },
  wireguard: { entrypoint: ["sh"] },
  "wg-easy": { entrypoint: ["sh"] },
  netshoot: { entrypoint: ["sh"] },
  alpine: { entrypoint: ["sh"] },
  busybox: { entrypoint: ["sh"] },
  coredns: { entrypoint: ["coredns"], onNodeNetwork: true },
  pause: { entrypoint: ["sleep", "infinity"] },
  prometheus: {
    entrypoint: ["prometheus"],
    listenFlags: ["--web.listen-address"],
    standIn: "prometheus.ts",
  },
  alertmanager: {
    entrypoint: ["prometheus-alertmanager"],
    listenFlags: ["--web.listen-address", "--cluster.listen-address"],
  },
};

/** Repository without registry path, tag and digest: `quay.io/prometheus/prometheus:v3@sha256:..` -> `prometheus`. */
export function imageName(image: string): string {
  const [withoutDigest = ""] = image.split("@");
  const last = withoutDigest.slice(withoutDigest.lastIndexOf("/") + 1);
  return last.split(":")[0] ?? last;
}

/** Whether what an image runs belongs into its node's network namespace, where there is one. */
export const isOnNodeNetwork = (image: string): boolean =>
  PROGRAMS[imageName(image)]?.onNodeNetwork === true;

/** Folders of programs that containers see. */
export function programPath(tools: Tools): string {
  return [
    dirname(tools.node),
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
  ].join(delimiter);
}

function findProgram(name: string, tools: Tools): string | undefined {
  const base = name.slice(name.lastIndexOf("/") + 1);
  if (base === "node") return tools.node;
  if (base === "coredns") return tools.coredns;
  if (base === "wireguard-go" && tools.wireguardGo !== undefined) return tools.wireguardGo;
  // An image's absolute path means the program, not the place: /bin/prometheus is elsewhere on this machine.
  const candidates = [
    ...(isAbsolute(name) ? [name] : []),
    ...programPath(tools)
      .split(delimiter)
      .map((d) => join(d, base)),
  ];
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export type Resolved =
  { readonly argv: readonly [string, ...string[]] } | { readonly missing: string };

/** `--flag=:9090` or `--flag=0.0.0.0:9090` of a listening flag, on the pod's own address. */
function bindTo(podIp: string, { listenFlags = [] }: ImageProgram, argument: string): string {
  const [, flag = "", port = ""] = /^(--[\w.-]+)=(?:0\.0\.0\.0)?:(\d+)$/.exec(argument) ?? [];
  return listenFlags.includes(flag) ? `${flag}=${podIp}:${port}` : argument;
}

/** The command line by which this machine runs a container of an image, or why it does not. */
export function resolveProgram(
  image: string,
  command: readonly string[] | undefined,
  args: readonly string[],
  tools: Tools,
  podIp = "0.0.0.0",
): Resolved {
  const program = PROGRAMS[imageName(image)];
  if (program === undefined)
    return { missing: `image ${imageName(image)} has no local program: not run` };
  const [name = "", ...rest] = command ?? program.entrypoint;
  const found = findProgram(name, tools);
  if (found === undefined)
    return { missing: `${name} of image ${imageName(image)} is not on this machine: not run` };
  const [first, ...before] =
    program.standIn === undefined ? [found] : [tools.node, join(STAND_INS, program.standIn), found];
  return {
    argv: [
      first,
      ...before,
      ...[...rest, ...args].map((argument) => bindTo(podIp, program, argument)),
    ],
  };
}
