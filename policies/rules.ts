import { alarmRecipients } from "./aws/alarm-recipients.ts";
import { balancer } from "./aws/balancer.ts";
import { bucket } from "./aws/bucket.ts";
import { cacheEncryption } from "./aws/cache-encryption.ts";
import { cacheEviction } from "./aws/cache-eviction.ts";
import { cacheFailover } from "./aws/cache-failover.ts";
import { cacheSubnets } from "./aws/cache-subnets.ts";
import { clientLogs } from "./aws/client-logs.ts";
import { clusterAccess } from "./aws/cluster-access.ts";
import { clusterEncryption } from "./aws/cluster-encryption.ts";
import { clusterEndpoint } from "./aws/cluster-endpoint.ts";
import { clusterLogs } from "./aws/cluster-logs.ts";
import { clusterNetworkPolicy } from "./aws/cluster-network-policy.ts";
import { clusterVersionAccess } from "./aws/cluster-version-access.ts";
import { dataPorts } from "./aws/data-ports.ts";
import { dataSubnets } from "./aws/data-subnets.ts";
import { databaseBackups } from "./aws/database-backups.ts";
import { databaseForceSsl } from "./aws/database-force-ssl.ts";
import { databaseLogging } from "./aws/database-logging.ts";
import { databaseMaintenance } from "./aws/database-maintenance.ts";
import { databaseMultiAz } from "./aws/database-multi-az.ts";
import { databaseNetwork } from "./aws/database-network.ts";
import { endpointRoutes } from "./aws/endpoint-routes.ts";
import { flowLogs } from "./aws/flow-logs.ts";
import { iamLeastPrivilege } from "./aws/iam-least-privilege.ts";
import { kmsKey } from "./aws/kms-key.ts";
import { launchTemplate } from "./aws/launch-template.ts";
import { listenerTls } from "./aws/listener-tls.ts";
import { nodeGroupSubnets } from "./aws/node-group-subnets.ts";
import { ownNames } from "./aws/own-names.ts";
import { pinnedVersions } from "./aws/pinned-versions.ts";
import { secretRecovery } from "./aws/secret-recovery.ts";
import { secretRotation } from "./aws/secret-rotation.ts";
import { sharedCache } from "./aws/shared-cache.ts";
import { supportEnds } from "./aws/support-ends.ts";
import { targetGroup } from "./aws/target-group.ts";
import { unpinnedAddons } from "./aws/unpinned-addons.ts";
import { webFirewall } from "./aws/web-firewall.ts";
import { worldIngress } from "./aws/world-ingress.ts";
import { availability } from "./kubernetes/availability.ts";
import { containerSecurity } from "./kubernetes/container-security.ts";
import { defaultDeny } from "./kubernetes/default-deny.ts";
import { draining } from "./kubernetes/draining.ts";
import { endpointNodes } from "./kubernetes/endpoint-nodes.ts";
import { hostAccess } from "./kubernetes/host-access.ts";
import { imageDigest } from "./kubernetes/image-digest.ts";
import { namespaceSecurity } from "./kubernetes/namespace-security.ts";
import { networkFlows } from "./kubernetes/network-flows.ts";
import { probes } from "./kubernetes/probes.ts";
import { provider } from "./kubernetes/provider.ts";
import { rbac } from "./kubernetes/rbac.ts";
import { resources } from "./kubernetes/resources.ts";
import { secretsAsFiles } from "./kubernetes/secrets-as-files.ts";
import { serviceExposure } from "./kubernetes/service-exposure.ts";
import { settings } from "./kubernetes/settings.ts";
import { storage } from "./kubernetes/storage.ts";
import { tokenAutomount } from "./kubernetes/token-automount.ts";
import { vpnServer } from "./kubernetes/vpn-server.ts";
import { blocksApart } from "./stack/blocks-apart.ts";
import { budget } from "./stack/budget.ts";
import { connections } from "./stack/connections.ts";
import { knownTypes } from "./stack/known-types.ts";
import { protectedAndTagged } from "./stack/protected-and-tagged.ts";
import { statedFigures } from "./stack/stated-figures.ts";
import { usageBudget } from "./stack/usage-budget.ts";
import { zoneLoss } from "./stack/zone-loss.ts";
import type { Rule } from "./lib/rule.ts";

/** Every policy of the pack, in the order of the policy table. */
export const RULES: readonly Rule[] = [
  knownTypes,
  statedFigures,
  clusterEndpoint,
  clusterEncryption,
  clusterLogs,
  clusterVersionAccess,
  launchTemplate,
  nodeGroupSubnets,
  databaseNetwork,
  databaseMultiAz,
  databaseBackups,
  databaseForceSsl,
  databaseLogging,
  databaseMaintenance,
  cacheFailover,
  cacheEncryption,
  cacheEviction,
  cacheSubnets,
  listenerTls,
  balancer,
  targetGroup,
  flowLogs,
  worldIngress,
  dataPorts,
  kmsKey,
  iamLeastPrivilege,
  bucket,
  secretRecovery,
  secretRotation,
  endpointRoutes,
  protectedAndTagged,
  zoneLoss,
  connections,
  blocksApart,
  pinnedVersions,
  unpinnedAddons,
  supportEnds,
  webFirewall,
  clusterNetworkPolicy,
  clusterAccess,
  dataSubnets,
  clientLogs,
  sharedCache,
  ownNames,
  alarmRecipients,
  namespaceSecurity,
  containerSecurity,
  hostAccess,
  vpnServer,
  imageDigest,
  resources,
  probes,
  availability,
  draining,
  defaultDeny,
  tokenAutomount,
  rbac,
  secretsAsFiles,
  serviceExposure,
  networkFlows,
  storage,
  endpointNodes,
  provider,
  settings,
  budget,
  usageBudget,
];
