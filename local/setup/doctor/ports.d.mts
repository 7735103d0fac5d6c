export interface RegionPort {
  /** One that ends with a dot stands for every address that begins so. */
  readonly address: string;
  readonly port: number;
  readonly what: string;
}

export function regionPorts(slot: number): RegionPort[];
export function takenPorts(slot: number, tables?: readonly string[]): RegionPort[];
