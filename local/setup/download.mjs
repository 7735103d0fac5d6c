// Official downloads, used only when they match the publisher's checksums.
import { createHash } from "node:crypto";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "./children.mjs";

/** Time without a byte (the first included) after which a download is given up. */
const SILENCE_MS = 10_000;
const DIGEST_LENGTH = { sha256: 64, sha512: 128 };

/** A file that came whole but is not what its publisher lists. */
export class ChecksumError extends Error {}

async function get(url, onBytes = () => {}) {
  const abort = new AbortController();
  let timer;
  const expectMore = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => abort.abort(new Error(`${url}: silent for ${SILENCE_MS / 1000} s`)),
      SILENCE_MS,
    );
  };
  expectMore();
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
    const chunks = [];
    for await (const chunk of response.body) {
      expectMore();
      chunks.push(chunk);
      onBytes(chunk.length);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw new Error(error.cause?.message ?? error.message);
  } finally {
    clearTimeout(timer);
  }
}

/** The digest that a checksum file lists for `name`; undefined: it lists none. */
export function listedDigest(text, name, algorithm) {
  const digest = new RegExp(`^[0-9a-f]{${DIGEST_LENGTH[algorithm]}}$`);
  for (const line of text.split("\n")) {
    const [value = "", listed] = line.trim().split(/\s+\*?/);
    if (digest.test(value) && (listed === undefined || listed.replace(/^.*\//, "") === name))
      return value;
  }
  return undefined;
}

async function verified(file, onBytes) {
  const listed = listedDigest(
    (await get(file.checksums)).toString("utf8"),
    file.name,
    file.algorithm,
  );
  // A captive portal answers every address with a page of its own.
  if (listed === undefined)
    throw new Error(`${file.checksums} lists no ${file.algorithm} of ${file.name}`);
  const content = await get(file.url, onBytes);
  const found = createHash(file.algorithm).update(content).digest("hex");
  if (found !== listed) {
    throw new ChecksumError(
      `${file.url} has ${file.algorithm} ${found}, its publisher lists ${listed}; it is not used`,
    );
  }
  return content;
}

/** Puts the checked files into `directory`, archives unpacked; `report` says how much has come. */
export async function downloadFiles(files, directory, report = () => {}) {
  let bytes = 0;
  const onBytes = (count) => {
    bytes += count;
    report(`${Math.round(bytes / 1e6)} MB of the official download are here`);
  };
  const contents = await Promise.all(
    files.map(async (file) => ({ file, content: await verified(file, onBytes) })),
  );
  for (const { file, content } of contents) {
    const path = join(directory, file.name);
    writeFileSync(path, content);
    if (file.strip === undefined) {
      chmodSync(path, 0o755);
      continue;
    }
    const leaveOut = (file.leaveOut ?? []).map((pattern) => `--exclude=${pattern}`);
    await runChild("tar", [
      "-xzf",
      path,
      "-C",
      directory,
      `--strip-components=${file.strip}`,
      "--no-same-owner",
      ...leaveOut,
    ]);
    rmSync(path);
  }
}
