export interface PublishedFile {
  readonly name: string;
  readonly url: string;
  /** Where the publisher lists digests: one alone, or lines of digest and file name. */
  readonly checksums: string;
  readonly algorithm: "sha256" | "sha512";
  /** An archive, to be unpacked without so many folders above its members; absent: the binary itself. */
  readonly strip?: number;
  readonly leaveOut?: readonly string[];
}

/** A file that came whole but is not what its publisher lists. */
export class ChecksumError extends Error {}
export function listedDigest(
  text: string,
  name: string,
  algorithm: PublishedFile["algorithm"],
): string | undefined;
export function downloadFiles(
  files: readonly PublishedFile[],
  directory: string,
  report?: (progress: string) => void,
): Promise<void>;
