import { awsTypesOf } from "./types.ts";

/**
 * Resources that take no tags, by module of @pulumi/aws 7.48; a test compares them with the package.
 * A type that is not here must have tags.
 */
const BY_MODULE: Readonly<Record<string, string>> = {
  acm: "CertificateValidation",
  autoscaling: "Attachment LifecycleHook Notification Policy Schedule Tag TrafficSourceAttachment",
  backup: [
    "GlobalSettings RegionSettings RestoreTestingSelection Selection VaultLockConfiguration",
    "VaultNotifications VaultPolicy",
  ].join(" "),
  cloudfront: [
    "CachePolicy ContinuousDeploymentPolicy FieldLevelEncryptionConfig",
    "FieldLevelEncryptionProfile KeyGroup KeyvaluestoreKey KeyvaluestoreKeysExclusive",
    "MonitoringSubscription OriginAccessControl OriginAccessIdentity OriginRequestPolicy",
    "PublicKey RealtimeLogConfig ResponseHeadersPolicy",
  ].join(" "),
  cloudwatch: [
    "Dashboard EventApiDestination EventArchive EventBusPolicy EventConnection EventEndpoint",
    "EventPermission EventTarget LogAccountPolicy LogDataProtectionPolicy",
    "LogDeliveryDestinationPolicy LogDestinationPolicy LogIndexPolicy LogMetricFilter",
    "LogResourcePolicy LogS3TableIntegrationSource LogStorageTierPolicy LogStream",
    "LogSubscriptionFilter LogTransformer OtelEnrichment QueryDefinition",
  ].join(" "),
  ec2: [
    "AllowedImagesSettings AmiLaunchPermission AvailabilityZoneGroup",
    "DefaultCreditSpecification EipAssociation EipDomainName ImageBlockPublicAccess",
    "InstanceMetadataDefaults InternetGatewayAttachment LaunchConfiguration LocalGatewayRoute",
    "MainRouteTableAssociation ManagedPrefixListEntry NatGatewayEipAssociation",
    "NetworkAclAssociation NetworkAclRule NetworkInterfaceAttachment",
    "NetworkInterfacePermission NetworkInterfaceSecurityGroupAttachment",
    "PeeringConnectionOptions ProxyProtocolPolicy Route RouteTableAssociation",
    "SecurityGroupAssociation SecurityGroupRule SerialConsoleAccess",
    "SnapshotCreateVolumePermission SpotDatafeedSubscription SubnetCidrReservation Tag",
    "TrafficMirrorFilterRule VolumeAttachment VpcBlockPublicAccessOptions",
    "VpcDhcpOptionsAssociation VpcEndpointConnectionAccepter",
    "VpcEndpointConnectionNotification VpcEndpointPolicy VpcEndpointRouteTableAssociation",
    "VpcEndpointServiceAllowedPrinciple VpcEndpointSubnetAssociation",
    "VpcIpamOrganizationAdminAccount VpcIpamPoolCidr VpcIpamPreviewNextCidr",
    "VpcIpv4CidrBlockAssociation VpcIpv6CidrBlockAssociation",
    "VpcNetworkPerformanceMetricSubscription VpcSecurityGroupRulesExclusive",
    "VpnConnectionRoute VpnGatewayAttachment VpnGatewayRoutePropagation",
  ].join(" "),
  ecr: [
    "AccountSetting LifecyclePolicy PullThroughCacheRule PullTimeUpdateExclusion",
    "RegistryPolicy RegistryScanningConfiguration ReplicationConfiguration",
    "RepositoryCreationTemplate RepositoryPolicy",
  ].join(" "),
  eks: "AccessPolicyAssociation",
  elasticache: "GlobalReplicationGroup UserGroupAssociation",
  iam: [
    "AccessKey AccountAlias AccountPasswordPolicy Group GroupMembership",
    "GroupPoliciesExclusive GroupPolicy GroupPolicyAttachment GroupPolicyAttachmentsExclusive",
    "OrganizationsFeatures OutboundWebIdentityFederation PolicyAttachment",
    "RolePoliciesExclusive RolePolicy RolePolicyAttachment RolePolicyAttachmentsExclusive",
    "SecurityTokenServicePreferences ServiceSpecificCredential SigningCertificate SshKey",
    "UserGroupMembership UserLoginProfile UserPoliciesExclusive UserPolicy",
    "UserPolicyAttachment UserPolicyAttachmentsExclusive",
  ].join(" "),
  kms: "Alias Ciphertext CustomKeyStore Grant KeyPolicy",
  lambda: [
    "Alias CoreNetworkConnector FunctionEventInvokeConfig FunctionRecursionConfig",
    "FunctionScalingConfig FunctionUrl Invocation LayerVersion LayerVersionPermission",
    "Permission ProvisionedConcurrencyConfig ResourcePolicy RuntimeManagementConfig",
  ].join(" "),
  lb: "ListenerCertificate TargetGroupAttachment TrustStoreRevocation",
  rds: [
    "Certificate ClusterActivityStream ClusterRoleAssociation ExportTask",
    "InstanceAutomatedBackupsReplication InstanceDesiredState ProxyDefaultTargetGroup",
    "ProxyTarget RoleAssociation",
  ].join(" "),
  route53: [
    "CidrCollection CidrLocation DelegationSet HostedZoneDnsSec KeySigningKey",
    "ProfilesResourceAssociation QueryLog Record RecordsExclusive ResolverConfig",
    "ResolverDnsSecConfig ResolverFirewallConfig ResolverFirewallRule",
    "ResolverQueryLogConfigAssociation ResolverRuleAssociation TrafficPolicy",
    "TrafficPolicyInstance VpcAssociationAuthorization ZoneAssociation",
  ].join(" "),
  s3: [
    "AccountPublicAccessBlock AnalyticsConfiguration BucketAbac BucketAccelerateConfiguration",
    "BucketAccelerateConfigurationV2 BucketAcl BucketAclV2 BucketCorsConfiguration",
    "BucketCorsConfigurationV2 BucketIntelligentTieringConfiguration",
    "BucketLifecycleConfiguration BucketLifecycleConfigurationV2 BucketLogging",
    "BucketLoggingV2 BucketMetadataConfiguration BucketMetric BucketNotification",
    "BucketObjectLockConfiguration BucketObjectLockConfigurationV2 BucketOwnershipControls",
    "BucketPolicy BucketPublicAccessBlock BucketReplicationConfig",
    "BucketRequestPaymentConfiguration BucketRequestPaymentConfigurationV2",
    "BucketServerSideEncryptionConfiguration BucketServerSideEncryptionConfigurationV2",
    "BucketVersioning BucketVersioningV2 BucketWebsiteConfiguration",
    "BucketWebsiteConfigurationV2 FilesFileSystemPolicy FilesMountTarget",
    "FilesSynchronizationConfiguration Inventory VectorsVectorBucketPolicy",
  ].join(" "),
  scheduler: "Schedule",
  secretsmanager: "SecretPolicy SecretRotation SecretVersion Tag",
  sns: "DataProtectionPolicy PlatformApplication SmsPreferences TopicPolicy TopicSubscription",
  sqs: "QueuePolicy RedriveAllowPolicy RedrivePolicy",
  ssm: [
    "DefaultPatchBaseline MaintenanceWindowTarget MaintenanceWindowTask PatchGroup",
    "ResourceDataSync ServiceSetting",
  ].join(" "),
  vpc: [
    "EndpointPrivateDns EndpointServicePrivateDnsVerification RouteServerPropagation",
    "RouteServerVpcAssociation SecurityGroupVpcAssociation",
  ].join(" "),
  wafv2: [
    "ApiKey WebAclAssociation WebAclLoggingConfiguration WebAclRule",
    "WebAclRuleGroupAssociation",
  ].join(" "),
};

export const UNTAGGED: ReadonlySet<string> = new Set(awsTypesOf(BY_MODULE));
export const TAG_MODULES: readonly string[] = Object.keys(BY_MODULE);
