import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CertificateAuthority } from "../../../local/parts/certificate-authority.ts";

export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
}

export interface Seen {
  readonly route: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

export type Routes = Record<string, Answer | ((seen: Seen) => Answer | Promise<Answer>)>;

export interface ScriptedApi {
  readonly url: string;
  readonly caPem: string;
  readonly seen: Seen[];
  close(): Promise<void>;
}

/** An HTTPS server that answers `METHOD /path` by a table, and remembers what it was asked. */
export async function scriptedApi(routes: Routes): Promise<ScriptedApi> {
  const directory = mkdtempSync(join(tmpdir(), "securevpn-demo-"));
  const ca = await CertificateAuthority.open(directory);
  const { certPem, keyPem } = await ca.issue({
    commonName: "localhost",
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1"],
  });
  rmSync(directory, { recursive: true });
  const seen: Seen[] = [];
  const server: Server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const route = `${request.method} ${request.url}`;
      const asked: Seen = {
        route,
        body: text === "" ? undefined : JSON.parse(text),
        authorization: request.headers.authorization,
      };
      seen.push(asked);
      const entry = routes[route] ?? {
        status: 404,
        json: { type: "about:blank", title: `no ${route}` },
      };
      void Promise.resolve(typeof entry === "function" ? entry(asked) : entry).then((answer) => {
        response.statusCode = answer.status ?? 200;
        response.end(answer.text ?? (answer.json === undefined ? "" : JSON.stringify(answer.json)));
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `https://localhost:${port}`,
    caPem: ca.pem,
    seen,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
