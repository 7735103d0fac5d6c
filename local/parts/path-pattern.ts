/**
 * A path pattern of an ALB listener rule: `*` stands for any number of characters, `?` for exactly
 * one, all else for itself, case included. The query takes no part.
 */
export function matchesPath(pattern: string, path: string): boolean {
  return toRegExp(pattern).test(path);
}

const compiled = new Map<string, RegExp>();

function toRegExp(pattern: string): RegExp {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    // Runs of `*` say no more than one, and would make the search exponential.
    const source = pattern
      .replaceAll(/\*+/g, "*")
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", "[^]*")
      .replaceAll("?", "[^]");
    expression = new RegExp(`^${source}$`);
    compiled.set(pattern, expression);
  }
  return expression;
}
