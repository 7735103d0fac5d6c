export function packagesAreCurrent(root: string): boolean;
export function installPackages(root: string): Promise<void>;
export function linkPostgresLibraries(root: string): void;
export function nodeDirectory(root: string, running?: string, arch?: string): string;
