import type { Find, Mutant } from "./mutant.ts";
import {
  cache,
  cluster,
  database,
  databaseParameters,
  endpointNodes,
  endpointTemplate,
  ingressRule,
  of,
  subnet,
  systemNodes,
} from "./places.ts";

const association = of("aws:eks/accessPolicyAssociation:AccessPolicyAssociation");
const entry = of("aws:eks/accessEntry:AccessEntry");
const securityGroup = of("aws:ec2/securityGroup:SecurityGroup");
const listener = of("aws:lb/listener:Listener");
const listenerRule = of("aws:lb/listenerRule:ListenerRule");
const route = of("aws:ec2/route:Route");
const cdn = of("aws:cloudfront/distribution:Distribution")("cdn");
const balancer = of("aws:lb/loadBalancer:LoadBalancer")("entry");
const user = of("aws:elasticache/user:User");
const idOf =
  (type: string, name: string) =>
  (find: Find): unknown =>
    find(of(type)(name), "id");

const SOMEBODY = "arn:aws:iam::000000000000:role/somebody";
const clusterName = (find: Find): unknown => find(cluster, "name");
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** The cluster's doors and the machines: one effect each, in a spelling that no rule was written for. */
export const DOORS: readonly Mutant[] = [
  {
    policy: "a01-cluster-endpoint",
    of: cluster,
    change: {
      "vpcConfig > endpointPublicAccess": true,
      "vpcConfig > publicAccessCidrs": ["0.0.0.0/1", "128.0.0.0/1"],
    },
    says: /publicAccessCidrs must be known CIDRs of \/24 or narrower/,
  },
  {
    policy: "a04-cluster-version-access",
    of: cluster,
    change: { "upgradePolicy > supportType": "EXTENDED" },
    says: /supportType must be "STANDARD"/,
  },
  {
    policy: "a38-cluster-network-policy",
    of: of("aws:eks/addon:Addon")("cluster-vpc-cni"),
    change: { configurationValues: JSON.stringify({ enableNetworkPolicy: "false" }) },
    says: /sets enableNetworkPolicy to "true"/,
  },
  {
    policy: "a35-cluster-access",
    of: association("second"),
    added: "aws",
    change: {
      clusterName,
      principalArn: SOMEBODY,
      policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
      accessScope: { type: "cluster" },
    },
    says: /one admin, its deployer: there are 2, among them \S+role\/somebody/,
    also: [
      {
        policy: "a35-cluster-access",
        at: association("cluster-deployer"),
        says: /one admin, its deployer: there are 2/,
      },
    ],
  },
  {
    policy: "a35-cluster-access",
    of: entry("second"),
    added: "aws",
    change: { clusterName, principalArn: SOMEBODY, kubernetesGroups: ["system:masters"] },
    says: /kubernetesGroups must be empty/,
  },
  {
    policy: "a35-cluster-access",
    of: of("aws:eks/podIdentityAssociation:PodIdentityAssociation")("autoscaler"),
    change: { namespace: "securevpn-vpn" },
    says: /VPN servers have no rights in AWS/,
  },
  {
    policy: "a05-launch-template",
    of: systemNodes,
    change: { "launchTemplate > version": "1" },
    says: /launchTemplate\.version must be the template's latestVersion/,
  },
  {
    policy: "a05-launch-template",
    of: endpointNodes(0),
    change: { capacityType: "SPOT" },
    says: /capacityType must be ON_DEMAND/,
    also: [
      { policy: "c01-budget", at: endpointNodes(0), says: /the price ec2-linux-spot .* missing/ },
    ],
  },
  {
    policy: "a05-launch-template",
    of: endpointTemplate,
    change: { userData: base64("#!/bin/bash\nexport DATABASE_PASSWORD=hunter2hunter2\n") },
    says: /userData must be known in preview and hold no secret/,
  },
  {
    policy: "a17-listener-tls",
    of: listener("plain"),
    added: "aws",
    change: {
      loadBalancerArn: (find: Find) => find(balancer, "arn"),
      port: 80,
      protocol: "HTTP",
      defaultActions: [
        { type: "redirect", redirect: { protocol: "HTTP", statusCode: "HTTP_301" } },
      ],
    },
    says: /protocol must be "HTTPS"/,
    also: [
      { policy: "a17-listener-tls", at: listener("plain"), says: /sslPolicy must name/ },
      { policy: "a17-listener-tls", at: listener("plain"), says: /certificateArn must name/ },
    ],
  },
  {
    policy: "a17-listener-tls",
    of: listenerRule("plain"),
    added: "aws",
    change: {
      listenerArn: (find: Find) => find(listener("plain"), "id"),
      priority: 1,
      conditions: [{ pathPattern: { values: ["/v1/sessions"] } }],
      actions: (find: Find) => [
        {
          type: "forward",
          targetGroupArn: find(of("aws:lb/targetGroup:TargetGroup")("entry-auth"), "arn"),
        },
      ],
    },
    says: /a rule of a listener without HTTPS may only redirect to HTTPS/,
  },
  {
    policy: "a17-listener-tls",
    of: cdn,
    change: { "defaultCacheBehavior > viewerProtocolPolicy": "allow-all" },
    says: /viewerProtocolPolicy of every behavior/,
  },
  {
    policy: "a37-client-logs",
    of: cdn,
    change: { loggingConfig: { bucket: "logs.s3.amazonaws.com" } },
    says: /loggingConfig must be absent/,
  },
  {
    policy: "a37-client-logs",
    of: balancer,
    change: { accessLogs: { enabled: true, bucket: "logs" } },
    says: /accessLogs\.enabled must be off/,
  },
];

/** Data and the ways to it. */
export const WAYS: readonly Mutant[] = [
  {
    policy: "a07-database-private-encrypted",
    of: database("shard-0"),
    change: { kmsKeyId: "alias/aws/rds" },
    says: /kmsKeyId must name a KMS key of our own/,
  },
  {
    policy: "a09-database-backups",
    of: database("shard-1-replica-0"),
    change: { replicateSourceDb: "somebody-elses" },
    says: /replicateSourceDb must be a primary of this stack/,
    also: [
      {
        policy: "c01-budget",
        at: database("shard-1-replica-0"),
        says: /allocatedStorage of .* is absent/,
      },
    ],
  },
  {
    policy: "a10-database-force-ssl",
    of: database("shard-0-replica-0"),
    change: { parameterGroupName: "loose" },
    says: /parameterGroupName must be a group of this stack/,
  },
  {
    policy: "a11-database-logging",
    of: databaseParameters("shard-0"),
    change: { "parameters > 7": { name: "pgaudit.role", value: "rds_pgaudit" } },
    says: /must leave pgaudit\.role out/,
  },
  {
    policy: "a11-database-logging",
    of: databaseParameters("shard-1"),
    change: { "parameters > 7": { name: "debug_print_parse", value: "1" } },
    says: /must set debug_print_parse to "0"/,
  },
  {
    policy: "a11-database-logging",
    of: database("shard-1"),
    change: { performanceInsightsEnabled: true },
    says: /performanceInsightsEnabled must be off/,
  },
  {
    policy: "a14-cache-encryption",
    of: cache,
    change: { transitEncryptionMode: "preferred" },
    says: /transitEncryptionMode must be "required"/,
  },
  {
    policy: "a14-cache-encryption",
    of: user("cache"),
    change: { authenticationMode: { type: "no-password-required" } },
    says: /authenticationMode\.type must be "password" or "iam"/,
  },
  {
    policy: "a14-cache-encryption",
    of: user("cache-monitor"),
    change: { accessString: "on ~* &* +@all" },
    says: /must take away @admin and @dangerous/,
  },
  {
    policy: "a21-world-ingress",
    of: ingressRule("firewall-system-in-kubelet"),
    change: { cidrIpv4: "128.0.0.0/1", referencedSecurityGroupId: undefined },
    says: /ingress from outside our networks must be 443\/tcp or \d+\/udp/,
  },
  {
    policy: "a22-data-ports",
    of: ingressRule("firewall-database-in-system"),
    change: {
      referencedSecurityGroupId: (find: Find) => find(securityGroup("firewall-endpoint"), "id"),
    },
    says: /open to the system nodes' security group alone/,
  },
  {
    policy: "a26-secret-recovery",
    of: of("aws:secretsmanager/secretVersion:SecretVersion")("secrets-cache"),
    change: { secretString: "hunter2hunter2" },
    says: /secretString must come from a resource that generates it/,
  },
  {
    policy: "a36-data-subnets",
    of: route("network-data-out"),
    added: "aws",
    change: {
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: idOf("aws:ec2/internetGateway:InternetGateway", "network-internet"),
      routeTableId: idOf("aws:ec2/routeTable:RouteTable", "network-data"),
    },
    says: /data subnets must have no route out of the VPC/,
  },
  {
    policy: "a36-data-subnets",
    of: of("aws:ec2/networkAcl:NetworkAcl")("network-data"),
    change: { "ingress > 0 > cidrBlock": "0.0.0.0/0" },
    says: /must be blocks of our own networks: 0\.0\.0\.0\/0/,
  },
  {
    policy: "a36-data-subnets",
    of: of("aws:elasticache/subnetGroup:SubnetGroup")("cache"),
    change: {
      subnetIds: (find: Find) =>
        ["network-public-0", "network-public-1"].map((name) => find(subnet(name), "id")),
    },
    says: /subnetIds must be subnets of this stack with the tier "data"/,
  },
  {
    policy: "a36-data-subnets",
    of: of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")("database-out"),
    added: "aws",
    change: {
      securityGroupId: (find: Find) => find(securityGroup("firewall-database"), "id"),
      ipProtocol: "-1",
      cidrIpv4: "0.0.0.0/0",
    },
    says: /must open no connection/,
  },
];
