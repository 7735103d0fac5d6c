/**
 * Network and balancer. Sources: the files named lie under
 * https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/ and actions, with the
 * resources that they take, are those of https://docs.aws.amazon.com/service-authorization/latest/reference/.
 */
import { arn, ID, physical, roleOf, UUID, type Planned } from "./planned.ts";
import { linkedRole, pass, type Table } from "./rights.ts";

const of =
  (kind: string, prefix: string) =>
  (item: Planned): string =>
    arn("ec2", item, `${kind}/${prefix}-${ID}`);
const TAGS = "CreateTags DeleteTags";
const group = of("security-group", "sg");
const table = of("route-table", "rtb");

export const EC2: Table = {
  // ec2/vpc_.go
  "aws:ec2/vpc:Vpc": {
    arn: of("vpc", "vpc"),
    create: "CreateVpc CreateTags ModifyVpcAttribute",
    read: "DescribeVpcs DescribeVpcAttribute DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups",
    update: `ModifyVpcAttribute ${TAGS}`,
    delete: "DeleteVpc",
  },
  // ec2/vpc_subnet.go
  "aws:ec2/subnet:Subnet": {
    arn: of("subnet", "subnet"),
    create: "CreateSubnet CreateTags ModifySubnetAttribute",
    read: "DescribeSubnets",
    update: `ModifySubnetAttribute ${TAGS}`,
    delete: "DeleteSubnet DescribeNetworkInterfaces",
  },
  // ec2/vpc_internet_gateway.go
  "aws:ec2/internetGateway:InternetGateway": {
    arn: of("internet-gateway", "igw"),
    create: "CreateInternetGateway AttachInternetGateway CreateTags",
    read: "DescribeInternetGateways",
    update: TAGS,
    delete: "DetachInternetGateway DeleteInternetGateway",
  },
  // ec2/ec2_eip.go
  "aws:ec2/eip:Eip": {
    arn: of("elastic-ip", "eipalloc"),
    create: "AllocateAddress CreateTags",
    read: "DescribeAddresses DescribeAddressesAttribute",
    update: TAGS,
    delete: "ReleaseAddress",
  },
  // ec2/vpc_nat_gateway.go
  "aws:ec2/natGateway:NatGateway": {
    arn: of("natgateway", "nat"),
    create: "CreateNatGateway CreateTags",
    read: "DescribeNatGateways",
    update: TAGS,
    delete: "DeleteNatGateway",
  },
  // ec2/vpc_route_table.go
  "aws:ec2/routeTable:RouteTable": {
    arn: table,
    create: "CreateRouteTable CreateTags",
    read: "DescribeRouteTables",
    update: TAGS,
    delete: "DeleteRouteTable",
  },
  // ec2/vpc_route.go
  "aws:ec2/route:Route": {
    arn: table,
    create: "CreateRoute",
    read: "DescribeRouteTables",
    update: "ReplaceRoute",
    delete: "DeleteRoute",
  },
  // ec2/vpc_route_table_association.go
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    arn: table,
    create: "AssociateRouteTable",
    read: "DescribeRouteTables",
    update: "ReplaceRouteTableAssociation",
    delete: "DisassociateRouteTable",
  },
  // ec2/vpc_network_acl.go
  "aws:ec2/networkAcl:NetworkAcl": {
    arn: of("network-acl", "acl"),
    create: "CreateNetworkAcl CreateNetworkAclEntry ReplaceNetworkAclAssociation CreateTags",
    read: "DescribeNetworkAcls",
    update: `CreateNetworkAclEntry DeleteNetworkAclEntry ${TAGS}`,
    delete: "DeleteNetworkAcl",
  },
  // ec2/vpc_endpoint.go
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    arn: of("vpc-endpoint", "vpce"),
    create: "CreateVpcEndpoint CreateTags",
    read: "DescribeVpcEndpoints DescribePrefixLists",
    update: `ModifyVpcEndpoint ${TAGS}`,
    delete: "DeleteVpcEndpoints",
  },
  // ec2/vpc_flow_log.go
  "aws:ec2/flowLog:FlowLog": {
    arn: of("vpc-flow-log", "fl"),
    create: "CreateFlowLogs CreateTags",
    read: "DescribeFlowLogs",
    update: TAGS,
    delete: "DeleteFlowLogs",
    also: (item) => pass(roleOf(item, "iamRoleArn"), "vpc-flow-logs.amazonaws.com"),
  },
  // ec2/vpc_security_group.go
  "aws:ec2/securityGroup:SecurityGroup": {
    arn: group,
    create: "CreateSecurityGroup CreateTags RevokeSecurityGroupEgress",
    read: "DescribeSecurityGroups",
    update: TAGS,
    delete: "DeleteSecurityGroup DescribeNetworkInterfaces",
  },
  // ec2/vpc_default_security_group.go
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
    arn: group,
    create: "RevokeSecurityGroupIngress RevokeSecurityGroupEgress CreateTags",
    read: "DescribeSecurityGroups",
    update: `AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress ${TAGS}`,
    delete: "",
  },
  // ec2/vpc_security_group_ingress_rule.go
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
    arn: group,
    create: "AuthorizeSecurityGroupIngress CreateTags",
    read: "DescribeSecurityGroupRules",
    update: `ModifySecurityGroupRules ${TAGS}`,
    delete: "RevokeSecurityGroupIngress",
  },
  // ec2/vpc_security_group_egress_rule.go
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
    arn: group,
    create: "AuthorizeSecurityGroupEgress CreateTags",
    read: "DescribeSecurityGroupRules",
    update: `ModifySecurityGroupRules ${TAGS}`,
    delete: "RevokeSecurityGroupEgress",
  },
  // ec2/ec2_launch_template.go
  "aws:ec2/launchTemplate:LaunchTemplate": {
    arn: of("launch-template", "lt"),
    create: "CreateLaunchTemplate CreateTags",
    read: "DescribeLaunchTemplates DescribeLaunchTemplateVersions",
    update: `CreateLaunchTemplateVersion ModifyLaunchTemplate ${TAGS}`,
    delete: "DeleteLaunchTemplate",
  },
};

function balancer(item: Planned): string {
  const entry = item.stack.find(({ type }) => type === "aws:lb/loadBalancer:LoadBalancer");
  const name = entry === undefined ? "?" : physical(entry);
  return arn("elasticloadbalancing", item, `loadbalancer/app/${name}/0123456789abcdef`);
}
const listener = (item: Planned): string =>
  arn("elasticloadbalancing", item, "listener/app/svpn-entry/0123456789abcdef/0123456789abcdef");
const rule = "listener-rule/app/svpn-entry/0123456789abcdef/0123456789abcdef/0123456789abcdef";

/** Tags stand with the balancer alone: the simulator's data knows the actions of classic balancers only. */
export const BALANCER: Table = {
  // elbv2/load_balancer.go
  "aws:lb/loadBalancer:LoadBalancer": {
    arn: balancer,
    create: "CreateLoadBalancer AddTags ModifyLoadBalancerAttributes",
    read: "DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeTags DescribeCapacityReservation",
    update: "SetSecurityGroups SetSubnets ModifyLoadBalancerAttributes AddTags RemoveTags",
    delete: "DeleteLoadBalancer ec2:DescribeNetworkInterfaces",
    also: () => [linkedRole("elasticloadbalancing.amazonaws.com")],
  },
  // elbv2/target_group.go
  "aws:lb/targetGroup:TargetGroup": {
    arn: (item) => arn("elasticloadbalancing", item, "targetgroup/entry-auth/0123456789abcdef"),
    create: "CreateTargetGroup ModifyTargetGroupAttributes",
    read: "DescribeTargetGroups DescribeTargetGroupAttributes DescribeTags",
    update: "ModifyTargetGroup ModifyTargetGroupAttributes",
    delete: "DeleteTargetGroup",
  },
  // elbv2/listener.go
  "aws:lb/listener:Listener": {
    arn: listener,
    create: "",
    read: "DescribeListeners DescribeListenerAttributes DescribeTags",
    update: "ModifyListener ModifyListenerAttributes",
    delete: "DeleteListener",
    also: (item) => [{ action: "elasticloadbalancing:CreateListener", arn: balancer(item) }],
  },
  // elbv2/listener_certificate.go
  "aws:lb/listenerCertificate:ListenerCertificate": {
    arn: listener,
    create: "AddListenerCertificates",
    read: "DescribeListenerCertificates",
    update: "",
    delete: "RemoveListenerCertificates",
  },
  // elbv2/listener_rule.go
  "aws:lb/listenerRule:ListenerRule": {
    arn: (item) => arn("elasticloadbalancing", item, rule),
    create: "",
    read: "DescribeRules DescribeTags",
    update: "ModifyRule SetRulePriorities",
    delete: "DeleteRule",
    also: (item) => [{ action: "elasticloadbalancing:CreateRule", arn: listener(item) }],
  },
};

const scaling = (item: Planned): string =>
  arn("autoscaling", item, "autoScalingGroup:0:autoScalingGroupName/eks-nodes-system-0a1b2c3-0");

export const AUTOSCALING: Table = {
  // autoscaling/attachment.go; EKS names its groups eks-<node group>-<uuid>
  "aws:autoscaling/attachment:Attachment": {
    arn: scaling,
    create: "AttachLoadBalancerTargetGroups",
    read: "DescribeAutoScalingGroups",
    update: "",
    delete: "DetachLoadBalancerTargetGroups",
  },
  // autoscaling/group_tag.go
  "aws:autoscaling/tag:Tag": {
    arn: scaling,
    create: "CreateOrUpdateTags",
    read: "DescribeTags",
    update: "CreateOrUpdateTags",
    delete: "DeleteTags",
  },
};

function acl(item: Planned): string {
  const list = item.stack.find(({ type }) => type === "aws:wafv2/webAcl:WebAcl");
  return arn("wafv2", item, `regional/webacl/${list === undefined ? "?" : physical(list)}/${UUID}`);
}

export const WAF: Table = {
  // wafv2/web_acl.go
  "aws:wafv2/webAcl:WebAcl": {
    arn: acl,
    create: "CreateWebACL TagResource",
    read: "GetWebACL ListTagsForResource",
    update: "UpdateWebACL TagResource UntagResource",
    delete: "DeleteWebACL",
    // A managed set is a resource of its own, of AWS's making.
    also: (item) =>
      ["CreateWebACL", "UpdateWebACL"].map((action) => ({
        action: `wafv2:${action}`,
        arn: arn("wafv2", item, `regional/managedruleset/*/*`),
      })),
  },
  // wafv2/web_acl_association.go
  "aws:wafv2/webAclAssociation:WebAclAssociation": {
    arn: balancer,
    create: "AssociateWebACL elasticloadbalancing:SetWebACL",
    read: "GetWebACLForResource",
    update: "",
    delete: "DisassociateWebACL elasticloadbalancing:SetWebACL",
    also: (item) => [
      { action: "wafv2:AssociateWebACL", arn: acl(item) },
      { action: "wafv2:GetWebACL", arn: acl(item) },
    ],
  },
};
