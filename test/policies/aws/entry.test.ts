import { describe } from "mocha";
import { clientLogs } from "../../../policies/aws/client-logs.ts";
import { balancer } from "../../../policies/aws/balancer.ts";
import { listenerTls } from "../../../policies/aws/listener-tls.ts";
import { targetGroup } from "../../../policies/aws/target-group.ts";
import { UNKNOWN } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";

const LISTENER: Fixture = {
  type: "aws:lb/listener:Listener",
  name: "entry",
  props: {
    port: 443,
    protocol: "HTTPS",
    sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
    certificateArn: UNKNOWN,
    defaultActions: [{ type: "fixed-response" }],
  },
};
const REDIRECT: Fixture = {
  type: LISTENER.type,
  name: "redirect",
  props: {
    port: 80,
    protocol: "HTTP",
    defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS", statusCode: "HTTP_301" } }],
  },
};
const RULE: Fixture = {
  type: "aws:lb/listenerRule:ListenerRule",
  name: "rule",
  props: { listenerArn: UNKNOWN, actions: [{ type: "forward", targetGroupArn: UNKNOWN }] },
  from: { listenerArn: ["entry"] },
};
const CDN: Fixture = {
  type: "aws:cloudfront/distribution:Distribution",
  name: "cdn",
  props: {
    defaultCacheBehavior: { viewerProtocolPolicy: "https-only" },
    orderedCacheBehaviors: [{ viewerProtocolPolicy: "redirect-to-https" }],
    origins: [{ customOriginConfig: { originProtocolPolicy: "https-only" } }],
    viewerCertificate: { minimumProtocolVersion: "TLSv1.2_2021" },
  },
};
const BALANCER: Fixture = {
  type: "aws:lb/loadBalancer:LoadBalancer",
  name: "entry",
  props: {
    loadBalancerType: "application",
    subnets: [UNKNOWN, UNKNOWN, UNKNOWN],
    enableDeletionProtection: true,
    dropInvalidHeaderFields: true,
  },
};
const TARGETS: Fixture = {
  type: "aws:lb/targetGroup:TargetGroup",
  name: "targets",
  props: { port: 30080, healthCheck: { path: "/healthz" }, deregistrationDelay: 20 },
};

describe("policies of the entry", () => {
  describeCases([
    {
      rule: listenerTls,
      compliant: [LISTENER, REDIRECT, RULE, CDN],
      violating: [
        { title: "plain HTTP", change: { protocol: "HTTP" }, says: /protocol must be "HTTPS"/ },
        {
          title: "TLS 1.0",
          change: { sslPolicy: "ELBSecurityPolicy-2016-08" },
          says: /TLS 1\.2 or newer/,
        },
        {
          title: "TLS 1.1 with a modern name",
          change: { sslPolicy: "ELBSecurityPolicy-TLS13-1-1-2021-06" },
          says: /TLS 1\.2 or newer/,
        },
        { title: "AWS's policy", change: { sslPolicy: undefined }, says: /TLS 1\.2 or newer/ },
        { title: "no certificate", change: { certificateArn: undefined }, says: /certificateArn/ },
        {
          title: "a redirect to HTTP",
          of: REDIRECT.name,
          change: { "defaultActions.0.redirect.protocol": "HTTP" },
          says: /protocol must be "HTTPS"/,
        },
        {
          title: "port 80 that forwards",
          of: REDIRECT.name,
          change: { defaultActions: [{ type: "forward" }] },
          says: /protocol must be "HTTPS"/,
        },
        {
          title: "port 80 that leads to another name",
          of: REDIRECT.name,
          change: { "defaultActions.0.redirect.host": "evil.example" },
          says: /protocol must be "HTTPS"/,
        },
        {
          title: "a rule that forwards what came without TLS",
          of: RULE.name,
          options: { from: { listenerArn: ["redirect"] } },
          says: /a rule of a listener without HTTPS may only redirect to HTTPS/,
        },
        {
          title: "a rule of a listener that nobody judges",
          of: RULE.name,
          options: { from: {} },
          says: /listenerArn must be a listener of this stack/,
        },
        {
          title: "a rule that leads to plain HTTP",
          of: RULE.name,
          change: { actions: [{ type: "redirect", redirect: { protocol: "HTTP" } }] },
          says: /actions must forward, answer, or redirect to HTTPS at the same host/,
        },
        {
          title: "a CDN that answers plain HTTP",
          of: CDN.name,
          change: { "orderedCacheBehaviors.0.viewerProtocolPolicy": "allow-all" },
          says: /viewerProtocolPolicy of every behavior/,
        },
        {
          title: "a CDN that asks by plain HTTP",
          of: CDN.name,
          change: { "origins.0.customOriginConfig.originProtocolPolicy": "match-viewer" },
          says: /originProtocolPolicy of every origin/,
        },
        {
          title: "a CDN of old TLS",
          of: CDN.name,
          change: { "viewerCertificate.minimumProtocolVersion": "TLSv1" },
          says: /minimumProtocolVersion must be TLSv1.2_2021/,
        },
      ],
    },
    {
      rule: balancer,
      compliant: [BALANCER],
      violating: [
        { title: "one zone", change: { subnets: [UNKNOWN] }, says: /at least 2/ },
        {
          title: "invalid headers passed on",
          change: { dropInvalidHeaderFields: undefined },
          says: /dropInvalidHeaderFields must be true/,
        },
        {
          title: "requests of uncertain bounds passed on",
          change: { desyncMitigationMode: "monitor" },
          says: /desyncMitigationMode must be defensive or strictest/,
        },
        {
          title: "no deletion protection",
          change: { enableDeletionProtection: false },
          says: /enableDeletionProtection must be true/,
        },
        {
          title: "a classic balancer",
          also: [{ type: "aws:elb/loadBalancer:LoadBalancer", name: "classic", props: {} }],
          says: /must be an application load balancer, not a classic one/,
        },
      ],
    },
    {
      rule: clientLogs,
      compliant: [BALANCER, CDN],
      fine: [
        { title: "logs that are off", change: { accessLogs: { enabled: false, bucket: "" } } },
      ],
      violating: [
        {
          title: "logs of the balancer's clients",
          change: { accessLogs: { enabled: true, bucket: "logs" } },
          says: /accessLogs.enabled must be off/,
        },
        {
          title: "logs of their connections",
          change: { connectionLogs: { enabled: UNKNOWN, bucket: "logs" } },
          says: /connectionLogs.enabled must be off/,
        },
        {
          title: "logs of the CDN's clients",
          of: CDN.name,
          change: { loggingConfig: { bucket: "logs.s3.amazonaws.com" } },
          says: /loggingConfig must be absent/,
        },
        {
          title: "logs that never end, AWS's default",
          also: [{ type: "aws:cloudwatch/logGroup:LogGroup", name: "logs", props: {} }],
          says: /retentionInDays must be 1 to 400/,
        },
        {
          title: "logs of names that are asked for",
          also: [{ type: "aws:route53/queryLog:QueryLog", name: "queries", props: {} }],
          says: /must not be logged/,
        },
      ],
    },
    {
      rule: targetGroup,
      compliant: [TARGETS],
      violating: [
        {
          title: "a check of the port alone",
          change: { healthCheck: { protocol: "TCP" } },
          says: /healthCheck\.protocol must be HTTP/,
        },
        {
          title: "no health check",
          change: { healthCheck: undefined },
          says: /healthCheck\.path must be/,
        },
        {
          title: "no drain",
          change: { deregistrationDelay: undefined },
          says: /deregistrationDelay must be stated/,
        },
        {
          title: "a drain that the provider filled in",
          change: { deregistrationDelay: 300, __defaults: ["deregistrationDelay"] },
          says: /deregistrationDelay must be stated/,
        },
      ],
    },
  ]);
});
