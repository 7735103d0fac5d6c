export interface DebianPackage {
  readonly name: string;
  /** Any of them shows that the package, or another that does its work, is there. */
  readonly commands: readonly string[];
  readonly needed: boolean;
}

export const PACKAGES: readonly DebianPackage[];
export function missingPackages(path?: string): DebianPackage[];
export function judgeMissing(
  missing: readonly DebianPackage[],
  reason?: string,
): string | undefined;
export function installDebianPackages(): Promise<void>;
