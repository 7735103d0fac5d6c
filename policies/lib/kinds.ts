import { NAMESPACE, WORKLOADS } from "./pods.ts";

/** Kinds that live outside all namespaces. */
export const CLUSTER_SCOPED = [
  NAMESPACE,
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
  "kubernetes:storage.k8s.io/v1:StorageClass",
  "kubernetes:scheduling.k8s.io/v1:PriorityClass",
  "kubernetes:core/v1:PersistentVolume",
  "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
  "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",
  "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
];

/** Kinds that live in a namespace, and would fall into `default` without one. */
export const NAMESPACED = [
  ...WORKLOADS,
  "kubernetes:core/v1:ConfigMap",
  "kubernetes:core/v1:Secret",
  "kubernetes:core/v1:Service",
  "kubernetes:core/v1:ServiceAccount",
  "kubernetes:core/v1:PersistentVolumeClaim",
  "kubernetes:core/v1:ResourceQuota",
  "kubernetes:core/v1:LimitRange",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  "kubernetes:networking.k8s.io/v1:Ingress",
  "kubernetes:policy/v1:PodDisruptionBudget",
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
  "kubernetes:rbac.authorization.k8s.io/v1:Role",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
];
