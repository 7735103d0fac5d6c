import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { CDN_TLS_POLICY } from "../versions.ts";
import { Certificate } from "./certificate.ts";

export interface CdnArgs {
  /** Name of the distribution, `cdn.<region>.<zone>`. */
  readonly hostName: string;
  /** Name of the region's API, `api.<region>.<zone>`: where answers come from. */
  readonly originHostName: string;
  readonly hostedZoneId: string;
}

/** What every client polls: one answer for everybody, without a token. Nothing else is served. */
export const POLLED_PATHS: readonly string[] = [
  "/v1/servers",
  "/v1/servers/loads",
  "/v1/plans",
  "/.well-known/jwks.json",
];
/** Query of the server list. Other keys are neither passed on nor part of an answer's address. */
const QUERY_KEYS = ["location", "tier", "status", "fields"];
/** Longest time that an answer is kept, whatever the origin says. */
const MAX_TTL_SECONDS = 3600;
const ORIGIN = "api";
/** Certificates and metrics of CloudFront live here alone. */
export const CDN_REGION = "us-east-1";

/** Answers in place of the origin: a path that is not polled never costs it a request. */
const REFUSE = `function handler() {
  return {
    statusCode: 403,
    statusDescription: 'Forbidden',
    headers: { 'content-type': { value: 'application/problem+json' }, 'cache-control': { value: 'max-age=3600' } },
    body: '{"type":"about:blank","title":"Forbidden","status":403,"detail":"The CDN serves public lists only; use the API\\'s own name"}',
  };
}
`;

/**
 * CloudFront in front of what every client polls. Answers are kept as long as their max-age says and
 * then asked for by ETag; neither cookies nor Authorization reach the origin, and there are no access
 * logs: they would hold clients' addresses. Paid by use, about 0.085 USD a GB and 0.01 USD a 10,000
 * requests. A change takes minutes to reach all places; replacing it moves clients to a new name
 * behind the same record.
 */
export class Cdn extends pulumi.ComponentResource {
  readonly distributionId: pulumi.Output<string>;
  readonly url: string;
  readonly certificateArn: pulumi.Output<string>;

  constructor(name: string, args: CdnArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:network:Cdn", name, {}, opts);
    const certificate = new Certificate(
      name,
      {
        domainName: args.hostName,
        hostedZoneId: args.hostedZoneId,
        awsRegion: CDN_REGION,
      },
      { parent: this },
    );
    const distribution = this.#distribution(name, args, certificate);
    for (const type of ["A", "AAAA"]) this.#record(name, args, distribution, type);
    this.distributionId = distribution.id;
    this.certificateArn = certificate.arn;
    this.url = `https://${args.hostName}`;
    this.registerOutputs({ distributionId: this.distributionId, url: this.url });
  }

  #distribution(
    name: string,
    args: CdnArgs,
    certificate: Certificate,
  ): aws.cloudfront.Distribution {
    const behaviour = this.#behaviour(name);
    return new aws.cloudfront.Distribution(
      name,
      {
        enabled: true,
        comment: `Public lists of ${args.originHostName}`,
        aliases: [args.hostName],
        httpVersion: "http2and3",
        isIpv6Enabled: true,
        // North America, Europe, Asia; South America and Oceania cost up to 40 % more a GB.
        priceClass: "PriceClass_200",
        origins: [originOf(args.originHostName)],
        orderedCacheBehaviors: POLLED_PATHS.map((pathPattern) => ({ pathPattern, ...behaviour })),
        defaultCacheBehavior: {
          ...behaviour,
          functionAssociations: [
            { eventType: "viewer-request", functionArn: this.#refusal(name).arn },
          ],
        },
        restrictions: { geoRestriction: { restrictionType: "none" } },
        viewerCertificate: {
          acmCertificateArn: certificate.arn,
          sslSupportMethod: "sni-only",
          minimumProtocolVersion: CDN_TLS_POLICY,
        },
      },
      { parent: this },
    );
  }

  /** How one path is kept. No origin request policy: only what is in the cache key goes on. */
  #behaviour(name: string) {
    const policy = new aws.cloudfront.CachePolicy(
      name,
      {
        comment: "By max-age and ETag; nothing of the caller",
        minTtl: 0,
        defaultTtl: 0,
        maxTtl: MAX_TTL_SECONDS,
        parametersInCacheKeyAndForwardedToOrigin: {
          cookiesConfig: { cookieBehavior: "none" },
          headersConfig: { headerBehavior: "none" },
          queryStringsConfig: {
            queryStringBehavior: "whitelist",
            queryStrings: { items: QUERY_KEYS },
          },
          enableAcceptEncodingBrotli: true,
          enableAcceptEncodingGzip: true,
        },
      },
      { parent: this },
    );
    return {
      targetOriginId: ORIGIN,
      cachePolicyId: policy.id,
      viewerProtocolPolicy: "https-only",
      allowedMethods: ["GET", "HEAD"],
      cachedMethods: ["GET", "HEAD"],
      compress: true,
    };
  }

  #refusal(name: string): aws.cloudfront.Function {
    return new aws.cloudfront.Function(
      `${name}-refuse`,
      {
        runtime: "cloudfront-js-2.0",
        comment: "403 for what is not polled",
        code: REFUSE,
        publish: true,
      },
      { parent: this },
    );
  }

  #record(
    name: string,
    args: CdnArgs,
    distribution: aws.cloudfront.Distribution,
    type: string,
  ): void {
    new aws.route53.Record(
      `${name}-${type.toLowerCase()}`,
      {
        zoneId: args.hostedZoneId,
        name: args.hostName,
        type,
        aliases: [
          {
            name: distribution.domainName,
            zoneId: distribution.hostedZoneId,
            evaluateTargetHealth: false,
          },
        ],
      },
      { parent: this },
    );
  }
}

/** The region's API by its own name, so that the balancer's certificate fits. */
function originOf(hostName: string): aws.types.input.cloudfront.DistributionOrigin {
  return {
    originId: ORIGIN,
    domainName: hostName,
    connectionAttempts: 2,
    connectionTimeout: 3,
    customOriginConfig: {
      httpPort: 80,
      httpsPort: 443,
      originProtocolPolicy: "https-only",
      originSslProtocols: ["TLSv1.2"],
      originReadTimeout: 10,
      // Shorter than the balancer's idle timeout.
      originKeepaliveTimeout: 30,
    },
  };
}
