/** Puts a launcher of our Node language host beside a CLI in the cache that has none. */
export function placeLanguageHost(env?: NodeJS.ProcessEnv, root?: string): void;
