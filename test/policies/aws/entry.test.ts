import { describe } from "mocha";
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
      compliant: [LISTENER, REDIRECT],
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
