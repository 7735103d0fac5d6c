export const PULUMI: string;
export const KUBERNETES: string;
export const ETCD: string;
export const COREDNS: string;
