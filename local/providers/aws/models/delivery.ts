import { model, type ModelTable } from "../model.ts";

/** The CDN is kept and given back: no edge answers on one machine, clients ask the entry itself. */
export const DELIVERY: ModelTable = {
  "aws:cloudfront/distribution:Distribution": model({
    echoes: [
      "enabled aliases comment httpVersion isIpv6Enabled priceClass origins originGroups orderedCacheBehaviors defaultCacheBehavior defaultRootObject",
      "customErrorResponses restrictions viewerCertificate loggingConfig webAclId waitForDeployment retainOnDelete",
    ].join(" "),
    required: "enabled origins defaultCacheBehavior restrictions viewerCertificate",
    id: "E{hex13}",
    computed: {
      arn: "arn:aws:cloudfront::{account}:distribution/{id}",
      domainName: "d{hex13}.cloudfront.internal",
      // The one zone of all distributions' names.
      hostedZoneId: "Z2FDTNDATAQYW2",
      etag: "E{hex13}",
      status: "Deployed",
    },
    regional: false,
  }),
  "aws:cloudfront/cachePolicy:CachePolicy": model({
    echoes: "name comment minTtl defaultTtl maxTtl parametersInCacheKeyAndForwardedToOrigin",
    required: "parametersInCacheKeyAndForwardedToOrigin",
    replaceOn: "name",
    autoName: "name",
    maxLength: 128,
    id: "{hex8}-{hex4}-{hex4}-{hex4}-{hex12}",
    computed: { arn: "arn:aws:cloudfront::{account}:cache-policy/{id}", etag: "E{hex13}" },
    tagged: false,
    regional: false,
  }),
  "aws:cloudfront/function:Function": model({
    echoes: "name runtime comment code publish keyValueStoreAssociations",
    required: "code runtime",
    replaceOn: "name",
    autoName: "name",
    maxLength: 64,
    id: "{name}",
    computed: {
      arn: "arn:aws:cloudfront::{account}:function/{id}",
      etag: "E{hex13}",
      liveStageEtag: "E{hex13}",
      status: "UNASSOCIATED",
    },
    regional: false,
  }),
};
