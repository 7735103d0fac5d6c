import { ofType } from "../lib/network.ts";
import { isSet } from "../lib/planned.ts";
import type { PlannedStack, Rule, StackResource } from "../lib/rule.ts";

const SECRET = "aws:secretsmanager/secret:Secret";
const ROTATION = "aws:secretsmanager/secretRotation:SecretRotation";
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";

/** Rotated by AWS, or generated here with `keepers`: raise their version, and `up` makes it anew. */
function isRotated(stack: PlannedStack, secret: StackResource): boolean {
  const of = (type: string): StackResource[] =>
    ofType(stack, type).filter((item) => item.relations("secretId").includes(secret));
  const generated = of(VERSION).flatMap((version) => version.relations("secretString"));
  return (
    of(ROTATION).length > 0 ||
    generated.some(({ type, props }) => type.startsWith("random:") && isSet(props, "keepers"))
  );
}

export const secretRotation: Rule = {
  id: "A26",
  name: "a26-secret-rotation",
  level: "advisory",
  description: "A secret can be rotated",
  source: "SecretsManager.1",
  stack: (stack) =>
    ofType(stack, SECRET)
      .filter((secret) => !isRotated(stack, secret))
      .map(({ urn }) => ({
        urn,
        message: "the secret should have a SecretRotation, or a generated value with keepers",
      })),
};
