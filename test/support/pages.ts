import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { blocksOf, commandsOf, type ShellCommand } from "./shell-blocks.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** What a person reads to run the platform, as paths from the root. */
export const PAGES: readonly string[] = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

export const pageText = (page: string): string => readFileSync(join(ROOT, page), "utf8");

/** Shell blocks of a page. */
export const shellOn = (page: string): string[] => blocksOf(pageText(page));

/** Every command of a page's shell blocks. */
export const commandsOn = (page: string): ShellCommand[] => shellOn(page).flatMap(commandsOf);
