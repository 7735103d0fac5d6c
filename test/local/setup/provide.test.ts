import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import {
  ChecksumError,
  downloadFiles,
  listedDigest,
  type PublishedFile,
} from "../../../local/setup/download.mjs";
import { installTools } from "../../../local/setup/provide.mjs";
import { SetupError } from "../../../local/setup/say.mjs";
import { cacheDirectory, locate, toolsetDirectory } from "../../../local/setup/tools.mjs";
import { TOOLSETS, type PublishedToolset } from "../../../local/setup/toolsets.mjs";
import { executable, printing, publish, sandbox, type Publisher, type Sandbox } from "./support.ts";

const VERSION = "1.2.3";
const GOOD = printing(`tool v${VERSION}`);
const sha256 = (content: string | Buffer): string =>
  createHash("sha256").update(content).digest("hex");
const BINARY = { name: "tool", versionArgs: ["--version"], package: "example.invalid/tool" };

function toolsetAt(url: string): PublishedToolset {
  return {
    name: "Tool",
    directory: "etcd", // a folder that tools/ has
    version: VERSION,
    fits: (version) => version === VERSION,
    minutes: 1,
    megabytes: 1,
    binaries: [BINARY],
    ldflags: "",
    files: [
      {
        name: "tool",
        url: `${url}/tool`,
        checksums: `${url}/tool.sha256`,
        algorithm: "sha256",
      },
    ],
  };
}

let box: Sandbox;
let publisher: Publisher | undefined;

async function published(
  files: Readonly<Record<string, string | Buffer>>,
): Promise<PublishedToolset> {
  publisher = await publish(files);
  return toolsetAt(publisher.url);
}

/** A `go` that "builds" this content, or fails with this message. */
function fakeGo(content: string, failure = ""): void {
  const script = `#!/bin/sh
echo example.invalid/dep >&2
${failure === "" ? "" : `echo '${failure}' >&2; exit 1`}
while [ "$1" != -o ]; do shift; done
cat > "$2" <<'TOOL'
${content}TOOL
`;
  executable(join(box.directory, "bin", "go"), script);
}

const drafts = (): string[] =>
  readdirSync(cacheDirectory()).filter((name) => name.startsWith(".draft-"));

describe("providing the binaries", () => {
  // /usr/local/go and the like stay out, so that "there is no Go" can be tested.
  beforeEach(() => (box = sandbox("/usr/bin:/bin")));
  afterEach(async () => {
    box.remove();
    await publisher?.close();
    publisher = undefined;
  });

  it("uses the official download when it matches the published checksum", async () => {
    const toolset = await published({ tool: GOOD, "tool.sha256": `${sha256(GOOD)}\n` });
    await installTools([toolset]);
    const file = locate(toolset, BINARY);
    assert.equal(file, join(toolsetDirectory(toolset), "tool"));
    assert.match(spawnSync(file, { encoding: "utf8" }).stdout, /v1\.2\.3/);
    assert.deepEqual(drafts(), []);
  });

  it("asks nobody when the binary is there", async () => {
    const toolset = await published({ tool: GOOD, "tool.sha256": sha256(GOOD) });
    await installTools([toolset]);
    const before = publisher?.requests.length;
    await installTools([toolset]);
    assert.equal(publisher?.requests.length, before);
  });

  it("refuses a download that differs from the checksum, and builds instead", async () => {
    const toolset = await published({ tool: "tampered", "tool.sha256": sha256(GOOD) });
    fakeGo(GOOD);
    await installTools([toolset]);
    assert.equal(readFileSync(join(toolsetDirectory(toolset), "tool"), "utf8"), GOOD);
  });

  it("says once what to do when there is neither network nor Go, for all that is missing", async function () {
    if (existsSync("/usr/bin/go")) this.skip(); // it cannot be hidden without hiding sh
    const unreachable = TOOLSETS.map((toolset) => ({
      ...toolset,
      fits: () => false,
      files: toolset.files.map((file) => ({ ...file, checksums: "http://127.0.0.1:9/sums" })),
    }));
    await assert.rejects(installTools(unreachable), (error) => {
      assert.ok(error instanceof SetupError);
      assert.match(error.message, /not on PATH, could not be downloaded .* there is no Go/);
      const names = [
        "(pulumi)",
        "(etcd)",
        "(kube-apiserver, kube-controller-manager, kube-scheduler)",
      ];
      for (const name of names) assert.ok(error.message.includes(name), error.message);
      assert.match(
        error.message,
        /Put them on PATH.*connect to the network.*install Go.*start again/,
      );
      return true;
    });
    assert.deepEqual(drafts(), []);
  });

  it("shows the compiler's last words when a build fails, and leaves nothing half-made", async () => {
    fakeGo("", "dial tcp: lookup proxy: no such host");
    const toolset = toolsetAt("http://127.0.0.1:9");
    await assert.rejects(installTools([toolset]), /no such host[^]*Go module proxy[^]*start again/);
    assert.equal(locate(toolset, BINARY), undefined);
    assert.deepEqual(drafts(), []);
  });

  it("names a full disk as what it is", async () => {
    fakeGo("", "write /tmp/x: no space left on device");
    await assert.rejects(
      installTools([toolsetAt("http://127.0.0.1:9")]),
      /Free about 5 GB of disk/,
    );
  });

  it("does not keep a binary that tells another version", async () => {
    fakeGo(printing("tool v1.2.4"));
    const toolset = toolsetAt("http://127.0.0.1:9");
    await assert.rejects(
      installTools([toolset]),
      /tool says that it is version 1\.2\.4, not 1\.2\.3/,
    );
    assert.equal(locate(toolset, BINARY), undefined);
  });

  it("lets two set-ups at once build only once", async () => {
    const log = join(box.directory, "builds");
    fakeGo(GOOD);
    const go = join(box.directory, "bin", "go");
    executable(
      go,
      readFileSync(go, "utf8").replace("#!/bin/sh", `#!/bin/sh\necho build >> ${log}; sleep 0.5`),
    );
    const toolset = toolsetAt("http://127.0.0.1:9");
    await Promise.all([installTools([toolset]), installTools([toolset])]);
    assert.equal(readFileSync(log, "utf8"), "build\n");
  });
});

describe("downloads", () => {
  beforeEach(() => (box = sandbox("/usr/bin:/bin")));
  afterEach(async () => {
    box.remove();
    await publisher?.close();
    publisher = undefined;
  });

  async function file(
    files: Readonly<Record<string, string | Buffer>>,
    more: Partial<PublishedFile> = {},
  ): Promise<PublishedFile> {
    publisher = await publish(files);
    const { url } = publisher;
    return {
      name: "tool",
      url: `${url}/tool`,
      checksums: `${url}/sums`,
      algorithm: "sha256",
      ...more,
    };
  }

  it("unpack an archive without its top folder and without what is left out", async () => {
    for (const name of ["etcd", "etcdctl"]) executable(join(box.directory, "v1", name), GOOD);
    const archive = spawnSync("tar", ["-czf", "-", "-C", box.directory, "v1"]).stdout;
    const sums = `${sha256("other")}  other.tar.gz\n${sha256(archive)}  tool\n`;
    await downloadFiles(
      [await file({ tool: archive, sums }, { strip: 1, leaveOut: ["*/etcdctl"] })],
      join(box.directory, "bin"),
    );
    assert.deepEqual(readdirSync(join(box.directory, "bin")), ["etcd"]);
  });

  it("with a wrong checksum are an error of their own kind and leave no file", async () => {
    const tampered = await file({ tool: "tampered", sums: `${sha256(GOOD)}  tool` });
    await assert.rejects(downloadFiles([tampered], join(box.directory, "bin")), ChecksumError);
    assert.deepEqual(readdirSync(join(box.directory, "bin")), []);
  });

  it("behind a page that answers everything are no checksum error: nothing was published", async () => {
    const page = "<!DOCTYPE html><title>Log in to this network</title>";
    const portal = await file({ tool: page, sums: page });
    await assert.rejects(downloadFiles([portal], join(box.directory, "bin")), (error) => {
      assert.ok(error instanceof Error && !(error instanceof ChecksumError));
      return /lists no sha256 of tool/.test(error.message);
    });
  });

  it("that are not there name address and status", async () => {
    await assert.rejects(
      downloadFiles([await file({ tool: GOOD })], box.directory),
      /\/sums: HTTP 404/,
    );
  });

  it("find the digest of their own name only", () => {
    const [a, b] = [sha256("a"), sha256("b")];
    assert.equal(listedDigest(`${a}  x.tar.gz\n${b} *dist/tool\n`, "tool", "sha256"), b);
    assert.equal(listedDigest(`${a}  tool.sig\n`, "tool", "sha256"), undefined);
    assert.equal(listedDigest(`${a}\n`, "tool", "sha256"), a);
    assert.equal(listedDigest(`${a}\n`, "tool", "sha512"), undefined);
  });
});
