export interface DebianPackage {
  readonly name: string;
  /** Any of them shows that the package, or another that does its work, is there. */
  readonly commands: readonly string[];
  readonly needed: boolean;
}

export const PACKAGES: readonly DebianPackage[];
export const TEST_PACKAGES: readonly DebianPackage[];
export function missingPackages(
  path?: string,
  packages?: readonly DebianPackage[],
): DebianPackage[];
export function judgeMissing(
  missing: readonly DebianPackage[],
  reason?: string,
): string | undefined;
export function judgeMissingForTests(
  missing: readonly DebianPackage[],
  reason?: string,
  inCi?: boolean,
): string | undefined;
export function installDebianPackages(options?: { forTests?: boolean }): Promise<void>;
/** Whether this is root on a Debian. */
export function canInstall(): boolean;
