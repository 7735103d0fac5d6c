import { isComponent, KNOWN_TYPES } from "../lib/known-types.ts";
import { unless, type Rule } from "../lib/rule.ts";

export const knownTypes: Rule = {
  id: "O01",
  name: "o01-known-types",
  level: "mandatory",
  description: "The program is made of types that policies judge, and of nothing else",
  source: "OWN",
  resource: {
    check: ({ type }) =>
      unless([
        isComponent(type) || KNOWN_TYPES.has(type),
        `${type} must be a type that policies judge, and none knows it: use one of policies/lib/known-types.ts, or add it there together with the policies that judge what it does`,
      ]),
  },
};
