import type { CloudContext } from "../cloud/context.ts";
import { backendsOf, podsOf, type Backend } from "./backends.ts";
import { Coalesced } from "./coalesced.ts";
import type { ControlPlane } from "./control-plane.ts";
import { keyOf, type Service, type ServicePort } from "./objects.ts";
import { TcpProxy } from "./tcp-proxy.ts";

export type { Backend } from "./backends.ts";

const DOMAIN = "svc.cluster.local";

/**
 * What kube-proxy and CoreDNS do: every Service with a cluster IP is answered on that address, which
 * is a loopback one, and has its name in the zone. UDP ports are not balanced.
 */
export class ServiceProxies {
  readonly #ctx: CloudContext;
  readonly #controlPlane: ControlPlane;
  /** `namespace/name/port` -> proxy. */
  readonly #proxies = new Map<string, TcpProxy>();
  readonly #refused = new Map<string, string>();
  readonly #names = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #sync: Coalesced;
  readonly #unsubscribe: (() => void)[] = [];

  constructor(ctx: CloudContext, controlPlane: ControlPlane) {
    this.#ctx = ctx;
    this.#controlPlane = controlPlane;
    this.#sync = new Coalesced(() => this.#reconcile());
  }

  async start(): Promise<void> {
    const changed = (): void => {
      this.#sync.request();
      for (const listener of this.#listeners) listener();
    };
    this.#unsubscribe.push(
      this.#controlPlane.services.subscribe(changed),
      this.#controlPlane.pods.subscribe(changed),
    );
    this.#sync.request();
    await this.#sync.settled();
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#listeners.clear();
    this.#sync.close();
    await this.#sync.settled();
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
    for (const name of this.#names) this.#ctx.zone.delete(name);
  }

  /** Called whenever the backends of any Service may have changed. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ready pods behind a port of a Service, by number or name. */
  readyBackends(namespace: string, service: string, port: number | string): Backend[] {
    const found = this.#controlPlane.services.get(`${namespace}/${service}`);
    const servicePort = found?.spec.ports?.find((p) => p.port === port || p.name === port);
    return found === undefined || servicePort === undefined
      ? []
      : backendsOf(found, servicePort, this.#controlPlane.pods);
  }

  /** Ready pods behind a NodePort, which is the same on every node. */
  readyBackendsOfNodePort(nodePort: number): Backend[] {
    for (const service of this.#controlPlane.services.list()) {
      const port = service.spec.ports?.find((p) => p.nodePort === nodePort);
      if (port !== undefined) return backendsOf(service, port, this.#controlPlane.pods);
    }
    return [];
  }

  async #reconcile(): Promise<void> {
    const services = this.#controlPlane.services.list();
    const wanted = new Map<string, { service: Service; port: ServicePort; host: string }>();
    for (const service of services) {
      const host = service.spec.clusterIP;
      if (host === undefined || host === "None" || host === "") continue;
      for (const port of service.spec.ports ?? []) {
        if ((port.protocol ?? "TCP") === "TCP")
          wanted.set(`${keyOf(service)}/${port.port}`, { service, port, host });
      }
    }
    for (const [key, proxy] of this.#proxies) {
      if (wanted.get(key)?.host === proxy.host) continue;
      this.#proxies.delete(key);
      await proxy.close();
    }
    for (const key of this.#refused.keys()) if (!wanted.has(key)) this.#refused.delete(key);
    for (const [key, { service, port, host }] of wanted) {
      if (!this.#proxies.has(key) && this.#refused.get(key) !== host)
        await this.#open(key, service, port, host);
    }
    this.#updateNames(services);
  }

  async #open(key: string, service: Service, port: ServicePort, host: string): Promise<void> {
    const { name, namespace = "default" } = service.metadata;
    const proxy = new TcpProxy(host, port.port, () =>
      this.#backendsNow(namespace, name, port.port),
    );
    try {
      await proxy.listen();
      this.#proxies.set(key, proxy);
    } catch (error) {
      // Ports below 1024 need root; the pods themselves can still be reached.
      this.#refused.set(key, host);
      const why = error instanceof Error ? error.message : String(error);
      if (keyOf(service) !== "default/kubernetes")
        this.#ctx.say(`Service ${key} is not answered on ${host}: ${why}`);
    }
  }

  #backendsNow(namespace: string, name: string, port: number): Backend[] {
    if (namespace === "default" && name === "kubernetes") {
      return [{ ...this.#ctx.addresses.apiServer, pod: "kube-apiserver" }];
    }
    return this.readyBackends(namespace, name, port);
  }

  /** `<service>.<namespace>.svc.cluster.local`, and each pod of a headless Service under its host name. */
  #updateNames(services: readonly Service[]): void {
    const names = new Map<string, string>();
    for (const service of services) {
      const base = `${service.metadata.name}.${service.metadata.namespace}.${DOMAIN}`;
      const { clusterIP } = service.spec;
      if (clusterIP !== undefined && clusterIP !== "None" && clusterIP !== "") {
        names.set(base, clusterIP);
        continue;
      }
      for (const pod of podsOf(service, this.#controlPlane.pods.list())) {
        const address = pod.status?.podIP ?? "";
        if (!names.has(base)) names.set(base, address); // the zone holds one address a name
        if (pod.spec.hostname !== undefined) names.set(`${pod.spec.hostname}.${base}`, address);
      }
    }
    for (const name of [...this.#names]) {
      if (names.has(name)) continue;
      this.#names.delete(name);
      this.#ctx.zone.delete(name);
    }
    for (const [name, address] of names) {
      this.#names.add(name);
      this.#ctx.zone.set(name, address);
    }
  }
}
