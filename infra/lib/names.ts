/** Longest physical name that all the types we name accept (load balancers and target groups: 32). */
const MAX_LENGTH = 32;

/**
 * Physical name of a part: `svpn-<region>-<part>`. A name is fixed only where another system needs
 * to know it (log groups, the cluster, DNS identifiers of databases); elsewhere Pulumi names, so
 * that a replacement can stand beside what it replaces. Throws a RangeError when it is too long.
 */
export function physicalName(region: string, part: string): string {
  const name = `svpn-${region}-${part}`;
  if (name.length > MAX_LENGTH || !/^[a-z][a-z0-9-]*[a-z0-9]$/.test(name)) {
    throw new RangeError(
      `"${name}" is no physical name: lower-case letters, digits and hyphens, at most ${MAX_LENGTH}`,
    );
  }
  return name;
}
