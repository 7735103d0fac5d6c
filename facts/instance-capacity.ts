/** What sizing knows of AWS's instance types. A type that is missing here is refused, not guessed. */

export interface EndpointType {
  readonly vcpus: number;
  /** Bandwidth that the type keeps up all day, Gbit/s (EC2 user guide, network bandwidth tables). */
  readonly baselineGbit: number;
}

/** Types that may carry tunnels. Burstable ones are left out: their bandwidth ends with their credits. */
export const ENDPOINT_TYPES: Readonly<Record<string, EndpointType>> = {
  "c6gn.medium": { vcpus: 1, baselineGbit: 1.6 },
  "c6gn.large": { vcpus: 2, baselineGbit: 3 },
  "c6gn.xlarge": { vcpus: 4, baselineGbit: 6.3 },
  "c6gn.2xlarge": { vcpus: 8, baselineGbit: 12.5 },
  "c6gn.4xlarge": { vcpus: 16, baselineGbit: 25 },
  "c6gn.8xlarge": { vcpus: 32, baselineGbit: 50 },
  "c6gn.12xlarge": { vcpus: 48, baselineGbit: 75 },
  "c6gn.16xlarge": { vcpus: 64, baselineGbit: 100 },
  "c7g.large": { vcpus: 2, baselineGbit: 0.937 },
  "c7g.xlarge": { vcpus: 4, baselineGbit: 1.876 },
  "c7g.2xlarge": { vcpus: 8, baselineGbit: 3.75 },
  "c7gn.medium": { vcpus: 1, baselineGbit: 3.125 },
  "c7gn.large": { vcpus: 2, baselineGbit: 6.25 },
  "c7gn.xlarge": { vcpus: 4, baselineGbit: 12.5 },
  "c7gn.2xlarge": { vcpus: 8, baselineGbit: 25 },
  "c7gn.4xlarge": { vcpus: 16, baselineGbit: 50 },
  "c7gn.8xlarge": { vcpus: 32, baselineGbit: 100 },
};

export interface NodeType {
  readonly vcpus: number;
  readonly memoryGib: number;
}

/** Types of system nodes. */
export const SYSTEM_TYPES: Readonly<Record<string, NodeType>> = {
  "m7g.large": { vcpus: 2, memoryGib: 8 },
  "m7g.xlarge": { vcpus: 4, memoryGib: 16 },
  "m7g.2xlarge": { vcpus: 8, memoryGib: 32 },
  "m7g.4xlarge": { vcpus: 16, memoryGib: 64 },
  "m8g.large": { vcpus: 2, memoryGib: 8 },
  "m8g.xlarge": { vcpus: 4, memoryGib: 16 },
  "m8g.2xlarge": { vcpus: 8, memoryGib: 32 },
  "m8g.4xlarge": { vcpus: 16, memoryGib: 64 },
};

export interface DatabaseClass {
  readonly memoryGib: number;
  /** vCPU that the class keeps up all day; a burstable one has its baseline (EC2 user guide, T4g). */
  readonly sustainedVcpus: number;
}

/** RDS classes, smallest first: a calculation takes the first that is enough. */
export const DATABASE_CLASSES: Readonly<Record<string, DatabaseClass>> = {
  "db.t4g.micro": { memoryGib: 1, sustainedVcpus: 0.2 },
  "db.t4g.medium": { memoryGib: 4, sustainedVcpus: 0.4 },
  "db.t4g.large": { memoryGib: 8, sustainedVcpus: 0.6 },
  "db.m7g.large": { memoryGib: 8, sustainedVcpus: 2 },
  "db.m7g.xlarge": { memoryGib: 16, sustainedVcpus: 4 },
  "db.m7g.2xlarge": { memoryGib: 32, sustainedVcpus: 8 },
  "db.m7g.4xlarge": { memoryGib: 64, sustainedVcpus: 16 },
};

/** ElastiCache node types with the memory that they give to data, GiB (ElastiCache pricing page). */
export const CACHE_TYPES: Readonly<Record<string, number>> = {
  "cache.t4g.micro": 0.5,
  "cache.t4g.small": 1.37,
  "cache.t4g.medium": 3.09,
  "cache.m7g.large": 6.38,
  "cache.m7g.xlarge": 12.93,
  "cache.m7g.2xlarge": 26.04,
  "cache.m7g.4xlarge": 52.26,
};

/** A burstable type has no room for a bad hour but its credits: config may choose one, a calculation does not. */
export const isBurstable = (type: string): boolean => /(^|\.)t\d/.test(type);
