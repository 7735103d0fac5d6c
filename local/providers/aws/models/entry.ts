import { createHash } from "node:crypto";
import { model, randomHex, type Made, type ModelTable } from "../model.ts";

const text = (made: Made, key: string): string =>
  typeof made.inputs[key] === "string" ? made.inputs[key] : "";

/** The record by which ACM wants to see that the name is ours: the same for one name everywhere in an account. */
function validationOptions(made: Made) {
  const names = [
    text(made, "domainName"),
    ...(Array.isArray(made.inputs["subjectAlternativeNames"])
      ? made.inputs["subjectAlternativeNames"]
      : []),
  ];
  return [...new Set(names.filter((name) => typeof name === "string"))].map((domainName) => {
    const digest = createHash("sha256").update(`${made.account} ${domainName}`).digest("hex");
    return {
      domainName,
      resourceRecordName: `_${digest.slice(0, 32)}.${domainName.replace(/^\*\./, "")}.`,
      resourceRecordType: "CNAME",
      resourceRecordValue: `_${digest.slice(32)}.acm-validations.aws.`,
    };
  });
}

/** What leads clients to the region. */
export const ENTRY: ModelTable = {
  "aws:lb/loadBalancer:LoadBalancer": model({
    enacts: "name idleTimeout dropInvalidHeaderFields desyncMitigationMode",
    echoes:
      "internal loadBalancerType securityGroups subnets enableDeletionProtection ipAddressType accessLogs enableHttp2",
    replaceOn: "name internal loadBalancerType",
    autoName: "name",
    maxLength: 32,
    id: "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex16}",
    computed: {
      arn: "{id}",
      arnSuffix: (made) => made.id.split(":loadbalancer/")[1] ?? "",
      dnsName: "{name}-{hex8}.{region}.elb.internal",
      zoneId: "Z0EMBEDDEDCLOUD",
    },
  }),
  "aws:lb/targetGroup:TargetGroup": model({
    enacts: "port deregistrationDelay",
    echoes:
      "name namePrefix protocol protocolVersion targetType vpcId healthCheck slowStart loadBalancingAlgorithmType stickiness",
    replaceOn: "name namePrefix port protocol protocolVersion targetType vpcId",
    autoName: "name",
    maxLength: 32,
    id: "arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex16}",
    computed: {
      arn: "{id}",
      arnSuffix: (made) => `targetgroup/${made.id.split(":targetgroup/")[1] ?? ""}`,
    },
  }),
  "aws:lb/listener:Listener": model({
    enacts: "loadBalancerArn defaultActions",
    echoes:
      "port protocol sslPolicy certificateArn alpnPolicy routingHttpResponseServerEnabled routingHttpResponseStrictTransportSecurityHeaderValue",
    required: "loadBalancerArn defaultActions",
    replaceOn: "loadBalancerArn",
    id: (made) =>
      `${text(made, "loadBalancerArn").replace(":loadbalancer/", ":listener/")}/${randomHex(16)}`,
    computed: { arn: "{id}" },
  }),
  "aws:lb/listenerRule:ListenerRule": model({
    enacts: "listenerArn priority conditions actions",
    required: "listenerArn conditions actions",
    replaceOn: "listenerArn",
    id: (made) =>
      `${text(made, "listenerArn").replace(":listener/", ":listener-rule/")}/${randomHex(16)}`,
    computed: { arn: "{id}" },
  }),
  "aws:lb/listenerCertificate:ListenerCertificate": model({
    echoes: "listenerArn certificateArn",
    required: "listenerArn certificateArn",
    replaceOn: "listenerArn certificateArn",
    id: "{listenerArn}_{certificateArn}",
    tagged: false,
  }),
  "aws:acm/certificate:Certificate": model({
    enacts: "domainName subjectAlternativeNames",
    echoes: "validationMethod keyAlgorithm options",
    replaceOn: "domainName subjectAlternativeNames validationMethod keyAlgorithm",
    id: "arn:aws:acm:{region}:{account}:certificate/{hex8}-{hex4}-{hex4}-{hex4}-{hex12}",
    computed: { arn: "{id}", domainValidationOptions: validationOptions, status: "ISSUED" },
  }),
  "aws:acm/certificateValidation:CertificateValidation": model({
    echoes: "certificateArn validationRecordFqdns",
    required: "certificateArn",
    replaceOn: "certificateArn",
    id: "{hex32}",
    tagged: false,
  }),
  // The balancer here knows no rate by address and no managed rules: kept, and nothing more.
  "aws:wafv2/webAcl:WebAcl": model({
    echoes:
      "name namePrefix description scope defaultAction rules visibilityConfig customResponseBodies tokenDomains associationConfig",
    required: "scope defaultAction visibilityConfig",
    replaceOn: "name namePrefix scope",
    autoName: "name",
    maxLength: 128,
    id: "{hex8}-{hex4}-{hex4}-{hex4}-{hex12}",
    computed: {
      arn: "arn:aws:wafv2:{region}:{account}:regional/webacl/{name}/{id}",
      capacity: () => 750,
    },
  }),
  "aws:wafv2/webAclAssociation:WebAclAssociation": model({
    echoes: "resourceArn webAclArn",
    required: "resourceArn webAclArn",
    replaceOn: "resourceArn webAclArn",
    id: "{webAclArn},{resourceArn}",
    tagged: false,
  }),
  "aws:route53/record:Record": model({
    enacts: "name aliases",
    echoes:
      "zoneId type ttl records latencyRoutingPolicies setIdentifier allowOverwrite healthCheckId weightedRoutingPolicies failoverRoutingPolicies",
    required: "zoneId name type",
    replaceOn: "zoneId name type setIdentifier",
    // Records of one name and type differ by their identifier.
    id: (made) =>
      [text(made, "zoneId"), text(made, "name"), text(made, "type"), text(made, "setIdentifier")]
        .filter((part) => part !== "")
        .join("_"),
    computed: { fqdn: (made) => text(made, "name").replace(/\.$/, "") },
    tagged: false,
    regional: false,
  }),
  "aws:route53/healthCheck:HealthCheck": model({
    echoes:
      "type fqdn port resourcePath requestInterval failureThreshold regions measureLatency enableSni searchString",
    required: "type",
    replaceOn: "type requestInterval",
    id: "{hex8}-{hex4}-{hex4}-{hex4}-{hex12}",
    computed: { arn: "arn:aws:route53:::healthcheck/{id}" },
    regional: false,
  }),
};
