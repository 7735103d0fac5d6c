import { isComponent } from "../lib/known-types.ts";

/**
 * Types that cost nothing to have, each with the reason, by their whole names: a service whose types are
 * free today may have one tomorrow that is not (an IAM Access Analyzer is paid for by the role).
 */
export const FREE: Readonly<Record<string, string>> = {
  "pulumi:pulumi:Stack": "the engine's own",
  "pulumi:providers:aws": "the engine's own",
  "pulumi:providers:kubernetes": "the engine's own",
  "pulumi:providers:random": "the engine's own",
  "random:index/randomBytes:RandomBytes": "a value in the state",
  "random:index/randomId:RandomId": "a value in the state",
  "random:index/randomPassword:RandomPassword": "a value in the state",
  "aws:iam/role:Role": "IAM is free of charge",
  "aws:iam/rolePolicy:RolePolicy": "IAM is free of charge",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "IAM is free of charge",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":
    "rules of security groups are free of charge",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
    "rules of security groups are free of charge",
  "aws:acm/certificate:Certificate": "public certificates are free with AWS's own services",
  "aws:acm/certificateValidation:CertificateValidation":
    "public certificates are free with AWS's own services",
  "aws:s3/bucket:Bucket": "buckets are paid for by what lies in them, which is usage",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration":
    "buckets are paid for by what lies in them, which is usage",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls":
    "buckets are paid for by what lies in them, which is usage",
  "aws:s3/bucketPolicy:BucketPolicy": "buckets are paid for by what lies in them, which is usage",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":
    "buckets are paid for by what lies in them, which is usage",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
    "buckets are paid for by what lies in them, which is usage",
  "aws:s3/bucketVersioning:BucketVersioning":
    "buckets are paid for by what lies in them, which is usage",
  "aws:cloudfront/cachePolicy:CachePolicy": "pay as you go: requests and transfer, which is usage",
  "aws:cloudfront/distribution:Distribution":
    "pay as you go: requests and transfer, which is usage",
  "aws:cloudfront/function:Function": "pay as you go: requests and transfer, which is usage",
  "aws:sns/topic:Topic":
    "notifications of alarms are dozens a month; the first million requests are free",
  "aws:sns/topicPolicy:TopicPolicy":
    "notifications of alarms are dozens a month; the first million requests are free",
  "aws:sns/topicSubscription:TopicSubscription":
    "notifications of alarms are dozens a month; the first million requests are free",
  "aws:budgets/budget:Budget": "budgets that only notify are free of charge",
  "aws:ec2/vpc:Vpc": "free of charge",
  "aws:ec2/subnet:Subnet": "free of charge",
  "aws:ec2/internetGateway:InternetGateway": "free of charge; what passes it is usage",
  "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": "free of charge",
  "aws:ec2/routeTable:RouteTable": "free of charge",
  "aws:ec2/route:Route": "free of charge",
  "aws:ec2/routeTableAssociation:RouteTableAssociation": "free of charge",
  "aws:ec2/networkAcl:NetworkAcl": "free of charge",
  "aws:ec2/networkAclRule:NetworkAclRule": "free of charge",
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "free of charge",
  "aws:ec2/defaultRouteTable:DefaultRouteTable": "free of charge",
  "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": "free of charge",
  "aws:ec2/securityGroup:SecurityGroup": "free of charge",
  "aws:ec2/launchTemplate:LaunchTemplate": "a description: its disks are priced with the nodes",
  "aws:ec2/flowLog:FlowLog": "what it writes is usage: log ingest",
  "aws:kms/alias:Alias": "free of charge",
  "aws:eks/accessEntry:AccessEntry": "part of the control plane",
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": "part of the control plane",
  "aws:eks/addon:Addon": "add-ons are free; their pods run on priced nodes",
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": "part of the control plane",
  "aws:autoscaling/attachment:Attachment": "free of charge",
  "aws:autoscaling/tag:Tag": "free of charge",
  "aws:rds/subnetGroup:SubnetGroup": "free of charge",
  "aws:rds/parameterGroup:ParameterGroup": "free of charge",
  "aws:rds/eventSubscription:EventSubscription": "free of charge",
  "aws:elasticache/subnetGroup:SubnetGroup": "free of charge",
  "aws:elasticache/parameterGroup:ParameterGroup": "free of charge",
  "aws:elasticache/user:User": "free of charge",
  "aws:elasticache/userGroup:UserGroup": "free of charge",
  "aws:elasticache/userGroupAssociation:UserGroupAssociation": "free of charge",
  "aws:secretsmanager/secretVersion:SecretVersion": "part of its secret",
  "aws:secretsmanager/secretRotation:SecretRotation": "part of its secret",
  "aws:lb/targetGroup:TargetGroup": "part of its balancer",
  "aws:lb/listener:Listener": "part of its balancer",
  "aws:lb/listenerRule:ListenerRule": "part of its balancer; its evaluations are usage",
  "aws:lb/listenerCertificate:ListenerCertificate": "part of its balancer",
  "aws:route53/record:Record": "records are free up to 10,000 a zone; queries are usage",
  "aws:cloudwatch/logGroup:LogGroup": "what is written to it is usage",
  "aws:cloudwatch/eventRule:EventRule": "events of AWS's own services are free of charge",
  "aws:cloudwatch/eventTarget:EventTarget": "part of its rule",
  "aws:wafv2/webAclAssociation:WebAclAssociation": "part of its web ACL",
  "aws:wafv2/ipSet:IpSet": "free of charge",
  "kubernetes:core/v1:ConfigMap": "an object of the control plane",
  "kubernetes:core/v1:LimitRange": "an object of the control plane",
  "kubernetes:core/v1:Namespace": "an object of the control plane",
  "kubernetes:core/v1:ResourceQuota": "an object of the control plane",
  "kubernetes:core/v1:Secret": "an object of the control plane",
  "kubernetes:core/v1:ServiceAccount": "an object of the control plane",
  "kubernetes:apps/v1:DaemonSet": "its pods run on priced nodes",
  "kubernetes:apps/v1:Deployment": "its pods run on priced nodes",
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": "its pods run on priced nodes",
  "kubernetes:batch/v1:CronJob": "its pods run on priced nodes",
  "kubernetes:batch/v1:Job": "its pods run on priced nodes",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": "an object of the control plane",
  "kubernetes:policy/v1:PodDisruptionBudget": "an object of the control plane",
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole": "an object of the control plane",
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": "an object of the control plane",
  "kubernetes:rbac.authorization.k8s.io/v1:Role": "an object of the control plane",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": "an object of the control plane",
  "kubernetes:scheduling.k8s.io/v1:PriorityClass": "an object of the control plane",
  "kubernetes:storage.k8s.io/v1:StorageClass": "a description: its volumes are priced by claim",
};

/** Why a type costs nothing; undefined: it is not on the list. */
export function freeReason(type: string): string | undefined {
  if (isComponent(type)) return "a component: its children are priced";
  return Object.hasOwn(FREE, type) ? FREE[type] : undefined;
}
