/** Reads the fenced shell blocks of a Markdown page, so that a test can hold them against the code. */

export function blocksOf(markdown: string, language = "bash"): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm");
  return [...markdown.matchAll(fence)].map(([, block]) => block ?? "");
}

export interface ShellCommand {
  readonly name: string;
  /** Arguments without their quotes; a substitution is `$()`. */
  readonly args: readonly string[];
}

const SUBSTITUTION = /\$\(([^()]*)\)/;
const TOKEN = /(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'();|&<>])+|[();|&<>\n]/g;
/** Words that stand before a command and are none. */
const KEYWORDS = new Set(["do", "then", "else", "export", "if", "while"]);

/**
 * The simple commands of a block, those in substitutions included. It knows what runbooks use:
 * quotes, pipes, lists, loops, redirections; no here-documents, no nested substitutions.
 */
export function commandsOf(block: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let rest = block.replaceAll("\\\n", " ").replaceAll(/(^|\s)#.*$/gm, "$1");
  for (let found = SUBSTITUTION.exec(rest); found !== null; found = SUBSTITUTION.exec(rest)) {
    commands.push(...commandsOf(found[1] ?? ""));
    rest = rest.replace(found[0], "\u0000");
  }
  let words: string[] = [];
  const flush = (): void => {
    while (KEYWORDS.has(words[0] ?? "") || /^[A-Z_]+=/.test(words[0] ?? "")) words.shift();
    const [name, ...args] = words;
    if (name !== undefined) commands.push({ name, args });
    words = [];
  };
  for (const [token] of rest.matchAll(TOKEN)) {
    if (/^[();|&<>\n]$/.test(token)) flush();
    else words.push(token.replaceAll(/["']/g, "").replaceAll("\u0000", "$()"));
  }
  flush();
  return commands;
}
