import type { AwsBackends } from "../../../local/providers/aws/backends.ts";

/** Backends that do nothing and succeed, some of them replaced. */
export function fakeBackends(own: Partial<AwsBackends> = {}): AwsBackends {
  const none = { delete: () => Promise.resolve(), has: () => true };
  return {
    database: { apply: () => Promise.resolve({ address: "database", port: 1 }), ...none },
    cache: { apply: () => Promise.resolve({ address: "cache", port: 1 }), ...none },
    balancer: { apply: () => Promise.resolve() },
    cluster: { apply: () => Promise.resolve({ endpoint: "https://k", caPem: "pem" }), ...none },
    nodeGroup: { apply: () => Promise.resolve(), ...none },
    ...own,
  };
}
