import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { buildSync } from "esbuild";

const ROOT = join(import.meta.dirname, "..", "..");

/** CommonJS packages inside an ES module bundle still call `require` for Node's own modules. */
const BANNER = `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);`;

export interface Bundle {
  /** Brotli-compressed ES module, base64. */
  readonly base64: string;
  /** First 10 hex digits of the SHA-256 of the compressed module. */
  readonly hash: string;
  readonly bytes: number;
}

const cache = new Map<string, Bundle>();

/** Bundles a service from its entry file (relative to the repository's root); the same source gives the same bytes. */
export function bundle(entry: string): Bundle {
  const known = cache.get(entry);
  if (known !== undefined) return known;
  const result = buildSync({
    entryPoints: [join(ROOT, entry)],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node24",
    minify: true,
    keepNames: true,
    legalComments: "none",
    banner: { js: BANNER },
    // Optional native speed-ups that the packages do without.
    external: ["pg-native"],
    logLevel: "silent",
  });
  const code = result.outputFiles[0]?.contents ?? new Uint8Array();
  const compressed = brotliCompressSync(code, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 9,
      [constants.BROTLI_PARAM_SIZE_HINT]: code.length,
    },
  });
  const made = {
    base64: compressed.toString("base64"),
    hash: contentHash(compressed),
    bytes: compressed.length,
  };
  cache.set(entry, made);
  return made;
}

/** What the program takes from the sources of the services; tests hand in something smaller. */
export interface Artifacts {
  /** Bundle of an entry file, named from the repository's root. */
  bundle(entry: string): Bundle;
  /** Text of a file, named from the repository's root. */
  text(path: string): string;
}

export const repositoryArtifacts: Artifacts = {
  bundle,
  text: (path) => readFileSync(join(ROOT, path), "utf8"),
};

/** Short hash for the name of an immutable ConfigMap: new content, new name, no downtime. */
export function contentHash(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 10);
}

/**
 * Boots a bundle: argv is the compressed bundle and a writable folder. Written as one line because it
 * travels as an argument; the paths do not, since a node may mount them elsewhere.
 */
export const LOADER = [
  `const [,bundle,dir]=process.argv`,
  `const {readFileSync,writeFileSync}=require("node:fs")`,
  `const {brotliDecompressSync}=require("node:zlib")`,
  `const {pathToFileURL}=require("node:url")`,
  `const file=dir+"/main.mjs"`,
  `writeFileSync(file,brotliDecompressSync(readFileSync(bundle)))`,
  `process.argv.splice(1,2,file)`,
  `import(pathToFileURL(file).href).catch((error)=>{console.error(error);process.exit(1)})`,
].join(";");
