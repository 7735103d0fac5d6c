/** Longest physical name that all the types we name accept (load balancers and target groups: 32). */
const MAX_LENGTH = 32;

/** Longest name of an alarm (CloudWatch); topics and aliases take as much. */
const MAX_LONG = 255;
const PATTERN = /^[a-z][a-z0-9-]*[a-z0-9]$/;

/** Longest prefix of a role's name: 64 characters, less the 26 that the provider adds. */
const MAX_ROLE_PREFIX = 38;

/**
 * What a role's name begins with. A role belongs to no region in its ARN, and the deployer may make,
 * change and pass none of another name (docs/aws/deployer-policy.json).
 */
export function rolePrefix(part: string): string {
  return `${checked(`svpn-${part}`, MAX_ROLE_PREFIX - 1)}-`;
}

/** The same for what takes long names: alarms, topics, buckets. */
export function longName(region: string, part: string): string {
  return checked(`svpn-${region}-${part}`, MAX_LONG);
}

/**
 * Physical name of a part: `svpn-<region>-<part>`. A name is fixed only where another system needs
 * to know it (log groups, the cluster, DNS identifiers of databases); elsewhere Pulumi names, so
 * that a replacement can stand beside what it replaces. Throws a RangeError when it is too long.
 */
export function physicalName(region: string, part: string): string {
  return checked(`svpn-${region}-${part}`, MAX_LENGTH);
}

function checked(name: string, maxLength: number): string {
  if (name.length > maxLength || !PATTERN.test(name)) {
    throw new RangeError(
      `"${name}" is no physical name: lower-case letters, digits and hyphens, at most ${maxLength}`,
    );
  }
  return name;
}
