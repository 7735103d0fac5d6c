import { PORTS } from "../../services/contract/index.ts";
import { KUBELET_PORT } from "../kubernetes/node-object.ts";
import type { AddressPlan } from "./addresses.ts";
import type { WantedPort } from "./ports.ts";

/** Every TCP port of a region, so that one in use is named before anything starts. */
export function wantedPorts(plan: AddressPlan): WantedPort[] {
  const { balancer, apiServer, etcd } = plan;
  const parts = `${plan.partPrefix}.`;
  const pods = `${plan.podPrefix}.`;
  const control = apiServer.host;
  return [
    { address: balancer.host, port: balancer.port, what: "balancer" },
    { address: control, port: apiServer.port, what: "API server" },
    { address: control, port: plan.controllerManagerPort, what: "controller manager" },
    { address: control, port: plan.schedulerPort, what: "scheduler" },
    { address: etcd.host, port: etcd.clientPort, what: "etcd", fixed: true },
    { address: etcd.host, port: etcd.peerPort, what: "etcd", fixed: true },
    { address: parts, port: plan.postgresPort, what: "databases", fixed: true },
    { address: parts, port: plan.redisPort, what: "cache", fixed: true },
    { address: pods, port: KUBELET_PORT, what: "nodes", fixed: true },
    { address: pods, port: PORTS.public, what: "services", fixed: true },
    { address: pods, port: PORTS.internal, what: "services", fixed: true },
  ];
}
