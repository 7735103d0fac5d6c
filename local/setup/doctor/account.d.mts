import type { Finding } from "./finding.mjs";

export function stackFindings(file: string, text: string): Finding[];
export function examineAccount(options?: {
  readonly root?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly now?: number;
}): Finding[];
