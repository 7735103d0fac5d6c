import type { Find, Mutant } from "./mutant.ts";
import {
  endpointNodes,
  endpointTemplate,
  flowLog,
  ingressRule,
  launchTemplate,
  of,
  subnet,
  systemNodes,
} from "./places.ts";

const balancer = of("aws:lb/loadBalancer:LoadBalancer")("entry");
const listener = of("aws:lb/listener:Listener")("entry");
const region = of("securevpn:region:Region")("us-east-1");
const targetGroup = of("aws:lb/targetGroup:TargetGroup");
const ids =
  (...names: readonly string[]) =>
  (find: Find): unknown[] =>
    names.map((name) => find(subnet(name), "id"));

/** Faults in nodes, subnets, routes, rules and the entry. */
export const NETWORK: readonly Mutant[] = [
  {
    policy: "a05-launch-template",
    of: launchTemplate("nodes-system"),
    change: { "metadataOptions > httpTokens": "optional" },
    says: /metadataOptions\.httpTokens must be "required"/,
  },
  {
    policy: "a05-launch-template",
    of: endpointTemplate,
    change: { "blockDeviceMappings > 0 > ebs > encrypted": "false" },
    says: /ebs\.encrypted must be true/,
  },
  {
    policy: "a06-node-group-subnets",
    of: systemNodes,
    change: { subnetIds: ids("network-private-1") },
    says: /the system groups together must lie in at least 3 zones/,
  },
  {
    policy: "a17-listener-tls",
    of: listener,
    change: { sslPolicy: "ELBSecurityPolicy-2016-08" },
    says: /sslPolicy must name a policy of TLS 1\.2 or newer/,
  },
  {
    policy: "a18-balancer",
    of: balancer,
    change: { dropInvalidHeaderFields: false },
    says: /dropInvalidHeaderFields must be true/,
  },
  {
    policy: "a18-balancer",
    of: balancer,
    change: { enableDeletionProtection: false },
    says: /enableDeletionProtection must be true/,
  },
  {
    policy: "a19-target-group",
    of: targetGroup("entry-auth"),
    change: { "healthCheck > path": undefined },
    says: /healthCheck\.path must be the path/,
  },
  {
    policy: "a20-flow-logs",
    of: flowLog("network-flows-private-0"),
    change: { subnetId: (find) => find(subnet("network-endpoint-0"), "id") },
    says: /subnetId must be a private or data subnet/,
    also: [
      {
        policy: "a20-flow-logs",
        at: subnet("network-private-0"),
        says: /must have a flow log/,
      },
    ],
  },
  {
    policy: "a21-world-ingress",
    of: ingressRule("firewall-system-in-kubelet"),
    change: { cidrIpv4: "0.0.0.0/0", referencedSecurityGroupId: undefined },
    says: /ingress from outside our networks must be 443\/tcp or \d+\/udp/,
  },
  {
    policy: "a21-world-ingress",
    of: of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")("network-default"),
    change: { ingress: [{ protocol: "-1", fromPort: 0, toPort: 0, self: true }] },
    says: /ingress of the default security group must be empty/,
  },
  {
    policy: "a22-data-ports",
    of: ingressRule("firewall-database-in-system"),
    change: { cidrIpv4: "10.16.0.0/16", referencedSecurityGroupId: undefined },
    says: /ports 5432 and 6379 must be open to security groups only/,
  },
  {
    policy: "a22-data-ports",
    of: ingressRule("firewall-cache-in-system"),
    change: { cidrIpv4: "10.16.0.0/16", referencedSecurityGroupId: undefined },
    says: /ports 5432 and 6379 must be open to security groups only/,
  },
  {
    policy: "a27-endpoint-routes",
    of: of("aws:ec2/route:Route")("network-endpoint-nat"),
    added: "aws",
    change: {
      destinationCidrBlock: "198.51.100.0/24",
      natGatewayId: (find) => find(of("aws:ec2/natGateway:NatGateway")("network-nat-0"), "id"),
      routeTableId: (find) => find(of("aws:ec2/routeTable:RouteTable")("network-endpoint"), "id"),
    },
    says: /the route must not lead to a NAT gateway/,
  },
  {
    policy: "a29-zone-loss",
    of: endpointNodes(1),
    change: { "scalingConfig > desiredSize": 1 },
    at: endpointNodes(0),
    says: /must carry \d+ connections without zone us-east-1a: \d+ VPN servers/,
    also: [
      {
        policy: "a29-zone-loss",
        at: endpointNodes(0),
        says: /must carry \d+ connections without zone us-east-1c: \d+ VPN servers/,
      },
    ],
  },
  {
    policy: "a34-web-firewall",
    of: of("aws:wafv2/webAcl:WebAcl")("entry"),
    change: { "visibilityConfig > sampledRequestsEnabled": true },
    says: /sampledRequestsEnabled must be false everywhere/,
  },
  {
    policy: "a32-pinned-versions",
    of: of("aws:eks/addon:Addon")("cluster-coredns"),
    change: { addonVersion: "latest" },
    says: /addonVersion must name a build/,
  },
  {
    policy: "a31-blocks-apart",
    of: of("aws:ec2/vpc:Vpc")("network"),
    change: { cidrBlock: "10.99.0.0/16" },
    at: region,
    says: /the VPC's cidrBlock must be the region's 10\.16\.0\.0\/16: it is 10\.99/,
  },
  {
    policy: "c01-budget",
    of: region,
    change: { "facts > discountPercent": { compute: 100 } },
    at: of("pulumi:pulumi:Stack")("securevpn-prod"),
    says: /discountPercent\.compute is 100: it must be 0 to 40/,
  },
  {
    policy: "a31-blocks-apart",
    of: region,
    change: { "facts > peers > 0 > userIds > fromId": "0" },
    says: /userIds of us-east-1 and \S+ must not overlap/,
  },
];
