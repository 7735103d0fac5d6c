import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { before, describe, it } from "mocha";
import type { Program } from "../support/program.ts";
import { at, listAt } from "../support/read.ts";
import { regionOf } from "../support/regions.ts";

let prod: Program;
before(async () => {
  prod = await regionOf("prod");
});

describe("the CDN", () => {
  const distribution = () => prod.one("aws:cloudfront/distribution:Distribution", "cdn").inputs;
  const behaviours = (): readonly unknown[] => [
    ...listAt(distribution(), "orderedCacheBehaviors"),
    at(distribution(), "defaultCacheBehavior"),
  ];

  it("serves what every client polls, and refuses the rest before the origin hears of it", () => {
    assert.deepEqual(
      listAt(distribution(), "orderedCacheBehaviors").map((item) => at(item, "pathPattern")),
      ["/v1/servers", "/v1/servers/loads", "/v1/plans", "/.well-known/jwks.json"],
    );
    for (const item of listAt(distribution(), "orderedCacheBehaviors"))
      assert.equal(at(item, "functionAssociations"), undefined);
    const [refusal] = listAt(distribution(), "defaultCacheBehavior.functionAssociations");
    assert.equal(at(refusal, "eventType"), "viewer-request");
    const code = String(prod.one("aws:cloudfront/function:Function", "cdn-refuse").inputs["code"]);
    const answer: unknown = runInNewContext(`${code}; handler()`);
    assert.equal(at(answer, "statusCode"), 403);
    assert.equal(JSON.parse(String(at(answer, "body"))).status, 403);
  });

  it("keeps answers as the origin says, compressed, and passes on nothing of the caller", () => {
    const policy = prod.one("aws:cloudfront/cachePolicy:CachePolicy", "cdn").inputs;
    const key = at(policy, "parametersInCacheKeyAndForwardedToOrigin");
    assert.equal(at(key, "cookiesConfig.cookieBehavior"), "none");
    assert.equal(at(key, "headersConfig.headerBehavior"), "none");
    assert.deepEqual(at(key, "queryStringsConfig.queryStrings.items"), [
      "location",
      "tier",
      "status",
      "fields",
    ]);
    assert.deepEqual([policy["minTtl"], policy["defaultTtl"]], [0, 0]);
    for (const item of behaviours()) {
      assert.equal(at(item, "cachePolicyId"), "cdn-id");
      assert.equal(at(item, "originRequestPolicyId"), undefined);
      assert.equal(at(item, "compress"), true);
      assert.equal(at(item, "viewerProtocolPolicy"), "https-only");
      assert.deepEqual(at(item, "allowedMethods"), ["GET", "HEAD"]);
    }
  });

  it("asks the region's own name by HTTPS, and writes no log of who asked", () => {
    const [origin] = listAt(distribution(), "origins");
    assert.equal(at(origin, "domainName"), "api.us-east-1.securevpn.example");
    assert.equal(at(origin, "customOriginConfig.originProtocolPolicy"), "https-only");
    assert.equal(distribution()["loggingConfig"], undefined);
  });

  it("has a certificate of us-east-1 for its name, validated by DNS, and TLS 1.2 or newer", () => {
    const certificate = prod.one("aws:acm/certificate:Certificate", "cdn").inputs;
    assert.equal(certificate["region"], "us-east-1");
    assert.equal(certificate["domainName"], "cdn.us-east-1.securevpn.example");
    assert.equal(certificate["validationMethod"], "DNS");
    assert.deepEqual(distribution()["aliases"], [certificate["domainName"]]);
    assert.equal(at(distribution(), "viewerCertificate.minimumProtocolVersion"), "TLSv1.2_2021");
    for (const type of ["a", "aaaa"]) {
      const record = prod.one("aws:route53/record:Record", `cdn-${type}`).inputs;
      assert.equal(record["name"], "cdn.us-east-1.securevpn.example");
    }
  });
});
