import type { Value } from "../../provider.ts";
import { model, type ModelTable } from "../model.ts";
import { objectOf, textOf } from "../records.ts";

const RULE =
  "securityGroupId ipProtocol fromPort toPort cidrIpv4 cidrIpv6 prefixListId referencedSecurityGroupId description";
const securityGroupRule = () =>
  model({
    echoes: RULE,
    required: "securityGroupId ipProtocol",
    replaceOn: "securityGroupId",
    id: "sgr-{hex17}",
    computed: {
      arn: "arn:aws:ec2:{region}:{account}:security-group-rule/{id}",
      securityGroupRuleId: "{id}",
    },
  });

const keyOf = (tag: Value | undefined): string => textOf(objectOf(tag)["key"]) ?? "";

/** Networks are kept and given back: on one machine everything reaches everything by loopback. */
export const NETWORK: ModelTable = {
  "aws:ec2/vpc:Vpc": model({
    echoes:
      "cidrBlock enableDnsHostnames enableDnsSupport instanceTenancy assignGeneratedIpv6CidrBlock",
    replaceOn: "cidrBlock instanceTenancy",
    id: "vpc-{hex17}",
    computed: {
      arn: "arn:aws:ec2:{region}:{account}:vpc/{id}",
      defaultSecurityGroupId: "sg-{hex17}",
      defaultRouteTableId: "rtb-{hex17}",
      mainRouteTableId: "rtb-{hex17}",
      defaultNetworkAclId: "acl-{hex17}",
      ownerId: "{account}",
    },
  }),
  "aws:ec2/subnet:Subnet": model({
    enacts: "availabilityZone mapPublicIpOnLaunch",
    echoes:
      "vpcId cidrBlock ipv6CidrBlock assignIpv6AddressOnCreation enableResourceNameDnsARecordOnLaunch privateDnsHostnameTypeOnLaunch",
    required: "vpcId",
    replaceOn: "vpcId cidrBlock availabilityZone",
    id: "subnet-{hex17}",
    computed: { arn: "arn:aws:ec2:{region}:{account}:subnet/{id}", ownerId: "{account}" },
  }),
  "aws:ec2/internetGateway:InternetGateway": model({
    echoes: "vpcId",
    id: "igw-{hex17}",
    computed: { arn: "arn:aws:ec2:{region}:{account}:internet-gateway/{id}", ownerId: "{account}" },
  }),
  "aws:ec2/eip:Eip": model({
    echoes: "domain",
    replaceOn: "domain",
    id: "eipalloc-{hex17}",
    // 203.0.113.0/24 is for documentation: nothing in the world answers there.
    computed: {
      allocationId: "{id}",
      publicIp: () => `203.0.113.${1 + Math.floor(Math.random() * 254)}`,
      arn: "arn:aws:ec2:{region}:{account}:elastic-ip/{id}",
    },
  }),
  "aws:ec2/natGateway:NatGateway": model({
    echoes: "subnetId allocationId connectivityType",
    required: "subnetId",
    replaceOn: "subnetId allocationId connectivityType",
    id: "nat-{hex17}",
    computed: { networkInterfaceId: "eni-{hex17}" },
  }),
  "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": model({
    echoes: "vpcId",
    required: "vpcId",
    replaceOn: "vpcId",
    id: "eigw-{hex17}",
  }),
  "aws:ec2/routeTable:RouteTable": model({
    echoes: "vpcId",
    required: "vpcId",
    replaceOn: "vpcId",
    id: "rtb-{hex17}",
    computed: { arn: "arn:aws:ec2:{region}:{account}:route-table/{id}", ownerId: "{account}" },
  }),
  "aws:ec2/route:Route": model({
    echoes:
      "routeTableId destinationCidrBlock destinationIpv6CidrBlock gatewayId natGatewayId egressOnlyGatewayId vpcEndpointId",
    required: "routeTableId",
    replaceOn: "routeTableId destinationCidrBlock destinationIpv6CidrBlock",
    id: "r-{routeTableId}{hex8}",
    computed: { origin: "CreateRoute", state: "active" },
    tagged: false,
  }),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": model({
    echoes: "subnetId gatewayId routeTableId",
    required: "routeTableId",
    replaceOn: "subnetId gatewayId",
    id: "rtbassoc-{hex17}",
    tagged: false,
  }),
  "aws:ec2/vpcEndpoint:VpcEndpoint": model({
    echoes:
      "vpcId serviceName vpcEndpointType routeTableIds subnetIds securityGroupIds privateDnsEnabled policy",
    required: "vpcId",
    replaceOn: "vpcId serviceName vpcEndpointType",
    id: "vpce-{hex17}",
    computed: {
      arn: "arn:aws:ec2:{region}:{account}:vpc-endpoint/{id}",
      prefixListId: "pl-{hex8}",
      state: "available",
      ownerId: "{account}",
    },
  }),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": model({
    echoes: "vpcId ingress egress",
    replaceOn: "vpcId",
    id: "sg-{hex17}",
    computed: {
      arn: "arn:aws:ec2:{region}:{account}:security-group/{id}",
      name: "default",
      ownerId: "{account}",
    },
  }),
  "aws:ec2/networkAcl:NetworkAcl": model({
    echoes: "vpcId subnetIds ingress egress",
    required: "vpcId",
    replaceOn: "vpcId",
    id: "acl-{hex17}",
    computed: { arn: "arn:aws:ec2:{region}:{account}:network-acl/{id}", ownerId: "{account}" },
  }),
  "aws:ec2/securityGroup:SecurityGroup": model({
    echoes: "vpcId description name namePrefix ingress egress revokeRulesOnDelete",
    replaceOn: "vpcId description name namePrefix",
    autoName: "name",
    id: "sg-{hex17}",
    computed: { arn: "arn:aws:ec2:{region}:{account}:security-group/{id}", ownerId: "{account}" },
  }),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule(),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule(),
  "aws:ec2/flowLog:FlowLog": model({
    echoes:
      "vpcId subnetId eniId logDestination logDestinationType logFormat iamRoleArn trafficType maxAggregationInterval",
    replaceOn:
      "vpcId subnetId eniId logDestination logDestinationType logFormat iamRoleArn trafficType maxAggregationInterval",
    id: "fl-{hex17}",
    computed: { arn: "arn:aws:ec2:{region}:{account}:vpc-flow-log/{id}" },
  }),
  "aws:ec2/launchTemplate:LaunchTemplate": model({
    echoes:
      "name namePrefix description metadataOptions blockDeviceMappings networkInterfaces vpcSecurityGroupIds userData updateDefaultVersion tagSpecifications imageId instanceType keyName ebsOptimized monitoring iamInstanceProfile",
    replaceOn: "name namePrefix",
    autoName: "name",
    maxLength: 128,
    id: "lt-{hex17}",
    // `latestVersion` counts up with each change: see the provider.
    computed: {
      arn: "arn:aws:ec2:{region}:{account}:launch-template/{id}",
      latestVersion: () => 1,
      defaultVersion: () => 1,
    },
  }),
  "aws:autoscaling/tag:Tag": model({
    echoes: "autoscalingGroupName tag",
    required: "autoscalingGroupName tag",
    replaceOn: "autoscalingGroupName tag.key",
    id: (made) => `${String(made.inputs["autoscalingGroupName"])},${keyOf(made.inputs["tag"])}`,
    tagged: false,
  }),
  "aws:autoscaling/attachment:Attachment": model({
    enacts: "autoscalingGroupName lbTargetGroupArn",
    required: "autoscalingGroupName",
    replaceOn: "autoscalingGroupName lbTargetGroupArn",
    id: "{autoscalingGroupName}-{hex12}",
    tagged: false,
  }),
};
