import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Sandbox {
  readonly directory: string;
  remove(): void;
}

/** A folder of its own, with PATH and cache of this process inside it until it is removed. */
export function sandbox(path = ""): Sandbox {
  const directory = mkdtempSync(join(tmpdir(), "securevpn-setup-"));
  const { PATH, XDG_CACHE_HOME } = process.env;
  process.env["XDG_CACHE_HOME"] = join(directory, "cache");
  process.env["PATH"] = [join(directory, "bin"), path].join(":");
  mkdirSync(join(directory, "bin"));
  return {
    directory,
    remove() {
      rmSync(directory, { recursive: true, force: true });
      process.env["PATH"] = PATH;
      if (XDG_CACHE_HOME === undefined) delete process.env["XDG_CACHE_HOME"];
      else process.env["XDG_CACHE_HOME"] = XDG_CACHE_HOME;
    },
  };
}

export const printing = (text: string): string => `#!/bin/sh\necho '${text}'\n`;

/** An executable file with this content, its folders made. */
export function executable(file: string, content: string): string {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, content, { mode: 0o755 });
  return file;
}

export interface Publisher {
  readonly url: string;
  readonly requests: string[];
  close(): Promise<void>;
}

/** A web server with these files; anything else is 404. */
export async function publish(
  files: Readonly<Record<string, string | Buffer>>,
): Promise<Publisher> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const name = (request.url ?? "").slice(1);
    requests.push(name);
    const content = files[name];
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
