import { model, type ModelTable } from "../model.ts";

export const CLUSTER: ModelTable = {
  "aws:eks/cluster:Cluster": model({
    enacts: "name version",
    echoes:
      "roleArn vpcConfig accessConfig encryptionConfig enabledClusterLogTypes bootstrapSelfManagedAddons deletionProtection kubernetesNetworkConfig upgradePolicy zonalShiftConfig forceUpdateVersion",
    required: "roleArn vpcConfig",
    replaceOn:
      "name roleArn accessConfig.bootstrapClusterCreatorAdminPermissions encryptionConfig bootstrapSelfManagedAddons kubernetesNetworkConfig vpcConfig.subnetIds",
    autoName: "name",
    maxLength: 100,
    id: "{name}",
    computed: {
      arn: "arn:aws:eks:{region}:{account}:cluster/{id}",
      status: "ACTIVE",
      platformVersion: "eks.1",
      createdAt: () => new Date().toISOString(),
      // One level down, as AWS has it: the cluster's own security group and network.
      vpcConfig: ({ inputs, id }) => ({
        ...(typeof inputs["vpcConfig"] === "object" &&
        inputs["vpcConfig"] !== null &&
        !Array.isArray(inputs["vpcConfig"])
          ? inputs["vpcConfig"]
          : {}),
        clusterSecurityGroupId: `sg-${Buffer.from(id).toString("hex").padEnd(17, "0").slice(0, 17)}`,
      }),
    },
    told: "endpoint certificateAuthority",
  }),
  "aws:eks/accessEntry:AccessEntry": model({
    echoes: "clusterName principalArn type kubernetesGroups userName",
    required: "clusterName principalArn",
    replaceOn: "clusterName principalArn type",
    id: "{clusterName}:{principalArn}",
    computed: {
      accessEntryArn:
        "arn:aws:eks:{region}:{account}:access-entry/{clusterName}/role/{account}/{hex8}",
      createdAt: () => new Date().toISOString(),
    },
  }),
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": model({
    echoes: "clusterName principalArn policyArn accessScope",
    required: "clusterName principalArn policyArn accessScope",
    replaceOn: "clusterName principalArn policyArn accessScope",
    id: "{clusterName}#{principalArn}#{policyArn}",
    computed: { associatedAt: () => new Date().toISOString() },
    tagged: false,
  }),
  "aws:eks/addon:Addon": model({
    echoes:
      "clusterName addonName addonVersion configurationValues resolveConflictsOnCreate resolveConflictsOnUpdate podIdentityAssociations serviceAccountRoleArn preserve",
    required: "clusterName addonName",
    replaceOn: "clusterName addonName",
    id: "{clusterName}:{addonName}",
    computed: {
      arn: "arn:aws:eks:{region}:{account}:addon/{clusterName}/{addonName}/{hex8}",
      createdAt: () => new Date().toISOString(),
    },
  }),
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": model({
    echoes: "clusterName namespace serviceAccount roleArn disableSessionTags targetRoleArn",
    required: "clusterName namespace serviceAccount roleArn",
    replaceOn: "clusterName namespace serviceAccount",
    id: "a-{hex17}",
    computed: {
      associationArn: "arn:aws:eks:{region}:{account}:podidentityassociation/{clusterName}/{id}",
      associationId: "{id}",
    },
  }),
  "aws:eks/nodeGroup:NodeGroup": model({
    enacts: "clusterName nodeGroupName version subnetIds instanceTypes scalingConfig labels taints",
    echoes:
      "nodeGroupNamePrefix nodeRoleArn amiType launchTemplate updateConfig capacityType diskSize forceUpdateVersion releaseVersion remoteAccess nodeRepairConfig",
    required: "clusterName nodeRoleArn subnetIds scalingConfig",
    replaceOn:
      "clusterName nodeGroupName nodeGroupNamePrefix nodeRoleArn subnetIds amiType capacityType diskSize instanceTypes launchTemplate.id",
    autoName: "nodeGroupName",
    maxLength: 63,
    id: "{clusterName}:{nodeGroupName}",
    computed: {
      arn: "arn:aws:eks:{region}:{account}:nodegroup/{clusterName}/{nodeGroupName}/{hex8}",
      status: "ACTIVE",
      resources: ({ inputs }) => [
        {
          autoscalingGroups: [{ name: `eks-${String(inputs["nodeGroupName"])}` }],
          remoteAccessSecurityGroupId: "",
        },
      ],
    },
  }),
};
