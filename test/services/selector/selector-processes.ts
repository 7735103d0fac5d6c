import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { buildSync } from "esbuild";
import { CertificateAuthority } from "../../../local/parts/certificate-authority.ts";
import { ENV, SECRET_FILES } from "../../../services/contract/index.ts";
import { eventually } from "../../support/waiting.ts";
import { region, reviewOf, signingKey } from "./fixtures.ts";
import { REDIS_PORT } from "./redis-server.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const PUBLIC_PORT = 8080;
const INTERNAL_PORT = 9090;

/** Compresses a service's bundle as it is deployed; answers its size in bytes. */
export function writeBundle(entry: string, file: string): number {
  const banner = `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);`;
  const built = buildSync({
    entryPoints: [join(ROOT, entry)],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node24",
    minify: true,
    banner: { js: banner },
    external: ["pg-native"],
    logLevel: "silent",
  });
  const compressed = brotliCompressSync(built.outputFiles[0]?.contents ?? new Uint8Array(), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 9 },
  });
  writeFileSync(file, compressed);
  return compressed.length;
}

/** As a container boots a bundle: argv is the bundle and a writable folder. */
const LOADER = [
  `const [,bundle,dir]=process.argv`,
  `const {readFileSync,writeFileSync}=require("node:fs")`,
  `const {brotliDecompressSync}=require("node:zlib")`,
  `const {pathToFileURL}=require("node:url")`,
  `const file=dir+"/main.mjs"`,
  `writeFileSync(file,brotliDecompressSync(readFileSync(bundle)))`,
  `import(pathToFileURL(file).href).catch((error)=>{console.error(error);process.exit(1)})`,
].join(";");

export interface Replica {
  readonly publicUrl: string;
  readonly internalUrl: string;
  readonly process: ChildProcess;
  /** All that it has logged. */
  readonly log: () => string;
}

export interface SelectorProcesses {
  readonly bundleBytes: number;
  start(host: string): Promise<Replica>;
  close(): Promise<void>;
}

const listening = async (
  server: HttpServer | HttpsServer,
  port: number,
  host: string,
): Promise<void> => {
  server.listen(port, host);
  await once(server, "listening");
};

/** Only an agent's projected token passes the review; its text is `agent.<node>`. */
function answerKubernetes(path: string, body: string): unknown {
  const node = /"token":"agent\.([^"]+)"/.exec(body)?.[1];
  if (path.endsWith("/tokenreviews"))
    return node === undefined ? { status: { authenticated: false } } : reviewOf(node);
  const zone = `us-east-1${path.at(-1) ?? "a"}`;
  return {
    metadata: { labels: { "topology.kubernetes.io/zone": zone } },
    status: {
      addresses: [
        { type: "InternalIP", address: "10.0.0.9" },
        { type: "ExternalIP", address: "203.0.113.9" },
      ],
    },
  };
}

async function kubernetesApi(ca: CertificateAuthority, host: string): Promise<HttpsServer> {
  const { certPem, keyPem } = await ca.issue({
    commonName: "kubernetes",
    dnsNames: ["kubernetes"],
    ipAddresses: [host],
  });
  const server = createHttpsServer({ cert: certPem, key: keyPem }, (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on(
      "end",
      () => void response.end(JSON.stringify(answerKubernetes(request.url ?? "", body))),
    );
  });
  await listening(server, 16443, host);
  return server;
}

/** Real selector processes from the deployed bundle, with stand-ins for auth's keys and the API server. */
export async function selectorProcesses(
  redisHost: string,
  supportHost: string,
): Promise<SelectorProcesses> {
  const directory = mkdtempSync(join(tmpdir(), "securevpn-selector-"));
  const ca = await CertificateAuthority.open(join(directory, "pki"));
  const auth = createHttpServer(
    (_request, response) => void response.end(JSON.stringify({ keys: [signingKey.jwk] })),
  );
  await listening(auth, 8080, supportHost);
  const kubernetes = await kubernetesApi(ca, supportHost);
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const regionFile = file(
    "region.json",
    JSON.stringify({ ...region, cache: { ...region.cache, host: redisHost, port: REDIS_PORT } }),
  );
  file(SECRET_FILES.cachePassword, "");
  file("token", "selector-token");
  file("ca.crt", ca.pem);
  const bundle = join(directory, "main.mjs.br");
  const bundleBytes = writeBundle("services/selector/main.ts", bundle);
  const children: ChildProcess[] = [];

  const start = async (host: string): Promise<Replica> => {
    const runDir = join(directory, `run-${children.length}`);
    mkdirSync(runDir);
    const child = spawn(
      "setpriv",
      ["--pdeathsig", "KILL", "--", process.execPath, "-e", LOADER, bundle, runDir],
      {
        env: {
          [ENV.podIp]: host,
          [ENV.publicPort]: String(PUBLIC_PORT),
          [ENV.internalPort]: String(INTERNAL_PORT),
          [ENV.regionConfig]: regionFile,
          [ENV.secretsDir]: directory,
          [ENV.serviceAccountDir]: directory,
          [ENV.authUrl]: `http://${supportHost}:8080`,
          [ENV.logLevel]: "debug",
          KUBERNETES_SERVICE_HOST: supportHost,
          KUBERNETES_SERVICE_PORT: "16443",
          PATH: process.env["PATH"] ?? "",
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    children.push(child);
    let text = "";
    for (const output of [child.stdout, child.stderr])
      output.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const internalUrl = `http://${host}:${INTERNAL_PORT}`;
    await eventually(`the selector on ${host} is ready`, async () => {
      if (child.exitCode !== null) throw new Error(`the selector ended: ${text}`);
      return fetch(`${internalUrl}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      );
    });
    return {
      publicUrl: `http://${host}:${PUBLIC_PORT}`,
      internalUrl,
      process: child,
      log: () => text,
    };
  };

  return {
    bundleBytes,
    start,
    close: async () => {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = once(child, "exit");
        child.kill("SIGKILL");
        await ended;
      }
      for (const server of [auth, kubernetes]) {
        const closed = once(server, "close");
        server.close();
        server.closeAllConnections();
        await closed;
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
