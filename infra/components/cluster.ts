import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config.ts";
import { physicalName } from "../lib/names.ts";
import { addonVersionOf, KUBERNETES_VERSION } from "../versions.ts";
import { accountOf, podIdentityTrust, serviceTrust } from "../lib/iam.ts";
import { EncryptionKey } from "./encryption-key.ts";
import { ServiceRole } from "./service-role.ts";

export interface ClusterArgs {
  readonly config: StackConfig;
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly securityGroupId: pulumi.Input<string>;
}

const LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"];
const LOG_RETENTION_DAYS = 90;
const ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
const CLUSTER_SCOPE = { type: "cluster" };

/**
 * EKS control plane: private endpoint (a public one only for the CIDRs in config), secrets under an
 * own key, all logs, access by API entries alone. About 73 USD a month. Replacing it replaces
 * every workload; its name, key and subnets are therefore fixed.
 */
export class Cluster extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  /** kubeconfig whose user asks AWS for a token each time; it holds no credential. */
  readonly kubeconfig: pulumi.Output<string>;
  /** What a provider must wait for before it may talk to the API server. */
  readonly access: readonly pulumi.Resource[];
  /** Add-ons that must be there before nodes join. */
  readonly beforeNodes: readonly pulumi.Resource[];
  readonly #cluster: aws.eks.Cluster;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:cluster:Cluster", name, {}, opts);
    const physical = physicalName(args.config.region.name, name);
    const key = new EncryptionKey(
      name,
      {
        description: "Kubernetes secrets of the region",
        alias: physicalName(args.config.region.name, "kubernetes"),
      },
      { parent: this, protect: args.config.protect },
    );
    const role = new ServiceRole(
      `${name}-control-plane`,
      {
        description: "EKS control plane",
        accountId: accountOf(args.config.deployerRoleArn),
        trust: serviceTrust("eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"]),
        managedPolicies: ["AmazonEKSClusterPolicy"],
      },
      { parent: this },
    );
    // EKS would make the group itself, without retention, and leave it behind at destroy.
    const logs = new aws.cloudwatch.LogGroup(
      name,
      { name: `/aws/eks/${physical}/cluster`, retentionInDays: LOG_RETENTION_DAYS },
      { parent: this },
    );
    this.#cluster = this.#controlPlane(name, physical, args, key, role, logs);
    this.access = this.#access(name, args.config.deployerRoleArn);
    this.beforeNodes = this.#nodeAddons(name, physical, args.config);
    this.name = this.#cluster.name;
    this.endpoint = this.#cluster.endpoint;
    this.kubeconfig = kubeconfigOf(this.#cluster, args.config.region.awsRegion);
    this.registerOutputs({ name: this.name, endpoint: this.endpoint });
  }

  /** An EKS add-on at its pinned build; EKS's default where none is pinned. */
  addon(
    name: string,
    addonName: string,
    args: Partial<aws.eks.AddonArgs> = {},
    dependsOn: readonly pulumi.Resource[] = [],
  ): aws.eks.Addon {
    const addonVersion = addonVersionOf(addonName);
    return new aws.eks.Addon(
      name,
      {
        clusterName: this.#cluster.name,
        addonName,
        ...(addonVersion === undefined ? {} : { addonVersion }),
        resolveConflictsOnCreate: "OVERWRITE",
        resolveConflictsOnUpdate: "OVERWRITE",
        ...args,
      },
      { parent: this, dependsOn: [...dependsOn] },
    );
  }

  /**
   * What a node needs to become ready. The CNI's rights come by Pod Identity and not by the node's
   * role, which every pod on the host network can borrow.
   */
  #nodeAddons(
    name: string,
    physical: string,
    { deployerRoleArn, region }: StackConfig,
  ): pulumi.Resource[] {
    const cni = new ServiceRole(
      `${name}-vpc-cni`,
      {
        description: "VPC CNI: addresses of pods",
        accountId: accountOf(deployerRoleArn),
        trust: podIdentityTrust(accountOf(deployerRoleArn), region.awsRegion, physical),
        managedPolicies: ["AmazonEKS_CNI_Policy"],
      },
      { parent: this },
    );
    const identity = this.addon(`${name}-pod-identity`, "eks-pod-identity-agent");
    const networking = this.addon(
      `${name}-vpc-cni`,
      "vpc-cni",
      {
        configurationValues: JSON.stringify({ enableNetworkPolicy: "true" }),
        podIdentityAssociations: [{ serviceAccount: "aws-node", roleArn: cni.arn }],
      },
      [identity, ...cni.ready],
    );
    return [identity, networking, this.addon(`${name}-kube-proxy`, "kube-proxy")];
  }

  #controlPlane(
    name: string,
    physical: string,
    args: ClusterArgs,
    key: EncryptionKey,
    role: ServiceRole,
    logs: aws.cloudwatch.LogGroup,
  ): aws.eks.Cluster {
    const publicCidrs = args.config.publicApiCidrs;
    return new aws.eks.Cluster(
      name,
      {
        name: physical,
        version: KUBERNETES_VERSION,
        roleArn: role.arn,
        vpcConfig: {
          subnetIds: [...args.subnetIds],
          securityGroupIds: [args.securityGroupId],
          endpointPrivateAccess: true,
          endpointPublicAccess: publicCidrs.length > 0,
          ...(publicCidrs.length > 0 ? { publicAccessCidrs: [...publicCidrs] } : {}),
        },
        accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
        encryptionConfig: { provider: { keyArn: key.arn }, resources: ["secrets"] },
        enabledClusterLogTypes: LOG_TYPES,
        bootstrapSelfManagedAddons: false,
        deletionProtection: args.config.protect,
        // Extended support costs six times as much an hour: better be told to upgrade.
        upgradePolicy: { supportType: "STANDARD" },
      },
      { parent: this, protect: args.config.protect, dependsOn: [logs, ...role.ready] },
    );
  }

  /** The deployer is the only admin. */
  #access(name: string, deployerRoleArn: string): pulumi.Resource[] {
    const clusterName = this.#cluster.name;
    const entry = new aws.eks.AccessEntry(
      `${name}-deployer`,
      { clusterName, principalArn: deployerRoleArn },
      { parent: this },
    );
    const policy = new aws.eks.AccessPolicyAssociation(
      `${name}-deployer`,
      {
        clusterName,
        principalArn: deployerRoleArn,
        policyArn: ADMIN_POLICY,
        accessScope: CLUSTER_SCOPE,
      },
      { parent: this, dependsOn: [entry] },
    );
    return [entry, policy];
  }
}

function kubeconfigOf(cluster: aws.eks.Cluster, awsRegion: string): pulumi.Output<string> {
  const parts = pulumi.all([cluster.name, cluster.endpoint, cluster.certificateAuthority]);
  return parts.apply(([name, server, authority]) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": name,
      contexts: [{ name, context: { cluster: name, user: name } }],
      clusters: [{ name, cluster: { server, "certificate-authority-data": authority.data } }],
      users: [
        {
          name,
          user: {
            exec: {
              apiVersion: "client.authentication.k8s.io/v1",
              command: "aws",
              args: ["eks", "get-token", "--cluster-name", name, "--region", awsRegion],
              interactiveMode: "Never",
            },
          },
        },
      ],
    }),
  );
}
