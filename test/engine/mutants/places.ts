import { endpointGeneration } from "../../../infra/components/node-template.ts";
import { configOf } from "../../infra/support/program.ts";
import type { Place } from "./mutant.ts";

const of =
  (type: string) =>
  (name: string): Place => ({ type, name });

/** Resources of the program, by logical name. */
export const cluster = of("aws:eks/cluster:Cluster")("cluster");
export const nodeGroup = of("aws:eks/nodeGroup:NodeGroup");
export const launchTemplate = of("aws:ec2/launchTemplate:LaunchTemplate");
/** Of the nodes that the program makes now. */
const GENERATION = endpointGeneration(configOf("prod"), "1.36");
/** The first system group; the endpoint group of a zone; the endpoint groups' template. */
export const systemNodes = nodeGroup("nodes-system-0");
export const endpointNodes = (zone: number): Place =>
  nodeGroup(`nodes-endpoint-${zone}-v1-36-${GENERATION}`);
export const endpointTemplate = launchTemplate(`nodes-endpoint-${GENERATION}`);
export const subnet = of("aws:ec2/subnet:Subnet");
export const flowLog = of("aws:ec2/flowLog:FlowLog");
export const ingressRule = of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
export const database = of("aws:rds/instance:Instance");
export const databaseParameters = of("aws:rds/parameterGroup:ParameterGroup");
export const cache = of("aws:elasticache/replicationGroup:ReplicationGroup")("cache");
export const key = of("aws:kms/key:Key");
export const role = of("aws:iam/role:Role");
export const deployment = of("kubernetes:apps/v1:Deployment");
export const namespace = of("kubernetes:core/v1:Namespace");
export const service = of("kubernetes:core/v1:Service");
export { of };
