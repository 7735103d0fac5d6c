import { describe } from "mocha";
import { alarmRecipients } from "../../../policies/aws/alarm-recipients.ts";
import { ownNames } from "../../../policies/aws/own-names.ts";
import { sharedCache } from "../../../policies/aws/shared-cache.ts";
import { UNKNOWN, type PlannedObject } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";

const BEHAVIOUR: PlannedObject = { cachePolicyId: UNKNOWN, allowedMethods: ["GET", "HEAD"] };
const CDN: Fixture = {
  type: "aws:cloudfront/distribution:Distribution",
  name: "cdn",
  props: { defaultCacheBehavior: BEHAVIOUR, orderedCacheBehaviors: [BEHAVIOUR] },
};
const CACHE: Fixture = {
  type: "aws:cloudfront/cachePolicy:CachePolicy",
  name: "cache",
  props: {
    parametersInCacheKeyAndForwardedToOrigin: {
      headersConfig: { headerBehavior: "none" },
      cookiesConfig: { cookieBehavior: "none" },
    },
  },
};
const REFUSAL: Fixture = {
  type: "aws:cloudfront/function:Function",
  name: "refuse",
  props: { code: "function handler(event) { return { statusCode: 403 }; }" },
};
const BALANCER: Fixture = { type: "aws:lb/loadBalancer:LoadBalancer", name: "lb", props: {} };
const CERTIFICATE: Fixture = { type: "aws:acm/certificate:Certificate", name: "ours", props: {} };
const RECORD: Fixture = {
  type: "aws:route53/record:Record",
  name: "entry",
  props: { type: "A", aliases: [{ name: UNKNOWN, zoneId: UNKNOWN }] },
  from: { aliases: ["lb"] },
};
const PROOF: Fixture = {
  type: RECORD.type,
  name: "proof",
  props: { type: UNKNOWN, records: [UNKNOWN] },
  from: { records: ["ours"] },
};
const SUBSCRIPTION: Fixture = {
  type: "aws:sns/topicSubscription:TopicSubscription",
  name: "alarms",
  props: { protocol: "email", endpoint: "oncall@example.com" },
};
const HEADERS = "parametersInCacheKeyAndForwardedToOrigin.headersConfig";
const COOKIES = "parametersInCacheKeyAndForwardedToOrigin.cookiesConfig";
const passedOn = (where: string, key: string): string =>
  `${where}.${key} must be absent: an answer that everybody gets knows nothing of who asks`;
const CODE =
  "code must be known in preview and use neither console nor what identifies the caller (viewer, cookies, authorization)";
const FOREIGN =
  "a record must be an alias of this stack's load balancer or distribution, or the proof of a certificate of it: an address written by hand may be anybody's";

describe("policies of what the region shows to the world", () => {
  describeCases([
    {
      rule: sharedCache,
      compliant: [CDN, CACHE, REFUSAL],
      violating: [
        {
          title: "a token in the cache key",
          of: "cache",
          change: { [HEADERS]: { headerBehavior: "whitelist", headers: ["Authorization"] } },
          says: [
            `${HEADERS}.headerBehavior must be "none": headers of callers, tokens among them, must not reach the cache`,
          ],
        },
        {
          title: "cookies in the cache key",
          of: "cache",
          change: { [COOKIES]: { cookieBehavior: "all" } },
          says: [`${COOKIES}.cookieBehavior must be "none"`],
        },
        {
          title: "all of the viewer's headers at the origin",
          change: {
            orderedCacheBehaviors: [{ ...BEHAVIOUR, originRequestPolicyId: "AllViewer" }],
          },
          says: [passedOn("orderedCacheBehaviors.0", "originRequestPolicyId")],
        },
        {
          title: "the old way to the same",
          change: { defaultCacheBehavior: { ...BEHAVIOUR, forwardedValues: { headers: ["*"] } } },
          says: [passedOn("defaultCacheBehavior", "forwardedValues")],
        },
        {
          title: "a method that changes something",
          change: { defaultCacheBehavior: { ...BEHAVIOUR, allowedMethods: ["GET", "POST"] } },
          says: ["defaultCacheBehavior.allowedMethods must be GET and HEAD"],
        },
        {
          title: "behaviours that are not known",
          change: { defaultCacheBehavior: UNKNOWN },
          says: ["defaultCacheBehavior must be known in preview"],
        },
        {
          title: "a function that writes down who asks",
          of: "refuse",
          change: { code: "function handler(e) { console.log(e.viewer.ip); return e.request; }" },
          says: [CODE],
        },
        { title: "code that nobody sees", of: "refuse", change: { code: UNKNOWN }, says: [CODE] },
      ],
    },
    {
      rule: ownNames,
      compliant: [BALANCER, CERTIFICATE, RECORD, PROOF],
      fine: [
        {
          title: "a text record",
          also: [{ ...RECORD, name: "text", props: { type: "TXT", records: ["x"] }, from: {} }],
        },
      ],
      violating: [
        {
          title: "an address written by hand",
          of: "entry",
          change: { aliases: undefined, records: ["203.0.113.9"] },
          options: { from: {} },
          says: [FOREIGN],
        },
        {
          title: "an alias of something that is not ours",
          of: "entry",
          options: { from: {} },
          says: [FOREIGN],
        },
        {
          title: "a second answer beside ours",
          also: [
            {
              ...RECORD,
              name: "b",
              props: { type: "A", records: ["203.0.113.9"], setIdentifier: "b" },
              from: {},
            },
          ],
          says: [FOREIGN],
        },
        {
          title: "another name by CNAME",
          of: "entry",
          change: { type: "CNAME", aliases: undefined, records: ["x.example.com"] },
          options: { from: {} },
          says: [FOREIGN],
        },
      ],
    },
    {
      rule: alarmRecipients,
      compliant: [SUBSCRIPTION],
      fine: [
        {
          title: "a pager's URL",
          change: { protocol: "https", endpoint: "https://pager.example.com/x" },
        },
      ],
      violating: [
        {
          title: "another account's queue",
          change: { protocol: "sqs", endpoint: "arn:aws:sqs:us-east-1:999999999999:q" },
          says: ["protocol must be email or https (alertEmail): it is sqs"],
        },
        {
          title: "a protocol that is not known",
          change: { protocol: UNKNOWN },
          says: ["protocol must be email or https (alertEmail): it is not known"],
        },
        {
          title: "a URL that is not known",
          change: { protocol: "https", endpoint: UNKNOWN },
          says: ["endpoint must be an https URL that is known in preview"],
        },
      ],
    },
  ]);
});
