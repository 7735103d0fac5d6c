export interface Machine {
  readonly platform: string;
  readonly arch: string;
  readonly versions: { readonly node: string };
}

export function checkMachine(machine?: Machine, path?: string): void;
