import {
  at,
  isObject,
  isSet,
  listAt,
  objectsAt,
  textAt,
  type PlannedObject,
} from "../lib/planned.ts";
import { unless, type PlannedResource, type Rule } from "../lib/rule.ts";

const DISTRIBUTION = "aws:cloudfront/distribution:Distribution";
const CACHE_POLICY = "aws:cloudfront/cachePolicy:CachePolicy";
const FUNCTION = "aws:cloudfront/function:Function";

/** What would bring something of the caller to the origin, past the cache key. */
const PASSED_ON = [
  "originRequestPolicyId",
  "forwardedValues",
  "lambdaFunctionAssociations",
  "realtimeLogConfigArn",
];
const CACHED_METHODS = ["GET", "HEAD"];
const OF_THE_CALLER = /console|viewer|cookie|authorization/i;

function judgeBehaviour(where: string, behaviour: PlannedObject): string[] {
  const methods = listAt(behaviour, "allowedMethods");
  return unless(
    ...PASSED_ON.map((key): [boolean, string] => [
      !isSet(behaviour, key),
      `${where}.${key} must be absent: an answer that everybody gets knows nothing of who asks`,
    ]),
    [
      methods.every((method) => typeof method === "string" && CACHED_METHODS.includes(method)),
      `${where}.allowedMethods must be GET and HEAD`,
    ],
  );
}

function judgeCachePolicy(props: PlannedObject): string[] {
  const prefix = "parametersInCacheKeyAndForwardedToOrigin";
  return unless(
    [
      textAt(props, `${prefix}.headersConfig.headerBehavior`) === "none",
      `${prefix}.headersConfig.headerBehavior must be "none": headers of callers, tokens among them, must not reach the cache`,
    ],
    [
      textAt(props, `${prefix}.cookiesConfig.cookieBehavior`) === "none",
      `${prefix}.cookiesConfig.cookieBehavior must be "none"`,
    ],
  );
}

function check({ type, props }: PlannedResource): string[] {
  if (type === CACHE_POLICY) return judgeCachePolicy(props);
  if (type === FUNCTION) {
    const code = textAt(props, "code");
    return unless([
      code !== undefined && !OF_THE_CALLER.test(code),
      "code must be known in preview and use neither console nor what identifies the caller (viewer, cookies, authorization)",
    ]);
  }
  const behaviours = objectsAt(props, "orderedCacheBehaviors");
  const fallback = at(props, "defaultCacheBehavior");
  return [
    ...behaviours.flatMap((item, index) => judgeBehaviour(`orderedCacheBehaviors.${index}`, item)),
    ...(isObject(fallback)
      ? judgeBehaviour("defaultCacheBehavior", fallback)
      : ["defaultCacheBehavior must be known in preview"]),
  ];
}

export const sharedCache: Rule = {
  id: "A39",
  name: "a39-shared-cache",
  level: "mandatory",
  description: "What the CDN keeps for everybody depends on nobody who asks",
  source: "OWN, privacy",
  resource: { types: [DISTRIBUTION, CACHE_POLICY, FUNCTION], check },
};
