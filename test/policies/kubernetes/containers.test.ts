import { describe } from "mocha";
import { imageDigest } from "../../../policies/kubernetes/image-digest.ts";
import { probes } from "../../../policies/kubernetes/probes.ts";
import { resources } from "../../../policies/kubernetes/resources.ts";
import { UNKNOWN } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import { CONTAINER, INIT, PODS, UNREADABLE } from "./fixtures.ts";

/** Every rule of pods must be able to decide, and refuses what it cannot read. */

describe("policies of containers", () => {
  describeCases([
    {
      rule: imageDigest,
      compliant: PODS,
      fine: [
        "localhost/node",
        "registry:5000/node",
        "docker.io.example.com/node",
        "mydocker.io/node",
      ].map((image) => ({
        title: `${image} is another registry's`,
        change: { [`${CONTAINER}.image`]: `${image}@sha256:${"b".repeat(64)}` },
      })),
      violating: [
        ...UNREADABLE,
        {
          title: "a tag alone",
          change: { [`${CONTAINER}.image`]: "node:24" },
          says: /container auth: image must end with @sha256.*it is node:24/,
        },
        {
          title: "a digest that is cut short",
          change: { [`${INIT}.image`]: "node@sha256:abc" },
          says: /container migrate: image must end/,
        },
        {
          title: "an image that is not known",
          change: { [`${CONTAINER}.image`]: UNKNOWN },
          says: /it is not known/,
        },
        ...[
          "docker.io/library/node:24",
          "registry-1.docker.io/library/node",
          "INDEX.Docker.IO/library/node",
          "registry.hub.docker.com/library/node",
          "grafana/grafana:12",
          "node:24",
          "node",
        ].map((image) => ({
          title: `${image} of Docker Hub, digest or not`,
          change: { [`${INIT}.image`]: `${image}@sha256:${"b".repeat(64)}` },
          says: [
            `container migrate: image must not come from Docker Hub, which limits pulls by address: ${image}@sha256:${"b".repeat(64)}`,
          ],
        })),
      ],
    },
    {
      rule: resources,
      compliant: PODS,
      fine: [{ title: "a CPU limit", change: { [`${CONTAINER}.resources.limits.cpu`]: "1" } }],
      violating: [
        ...UNREADABLE,
        ...["requests.cpu", "requests.memory", "limits.memory"].map((path) => ({
          title: `no ${path}`,
          change: { [`${CONTAINER}.resources.${path}`]: undefined },
          says: new RegExp(`container auth: resources.${path} must be stated`),
        })),
        {
          title: "an init container that states nothing",
          change: { [`${INIT}.resources`]: undefined },
          says: /container migrate: resources.requests.cpu/,
        },
      ],
    },
    {
      rule: probes,
      compliant: PODS,
      fine: [
        {
          title: "an open socket as liveness",
          change: { [`${CONTAINER}.livenessProbe`]: { tcpSocket: { port: 9090 } } },
        },
        {
          title: "a job, whose end is its answer",
          also: [
            {
              type: "kubernetes:batch/v1:Job",
              name: "job",
              props: { spec: { template: { spec: { containers: [{ name: "job" }] } } } },
            },
          ],
        },
      ],
      violating: [
        {
          title: "no readiness",
          change: { [`${CONTAINER}.readinessProbe`]: undefined },
          says: /readinessProbe must be stated/,
        },
        {
          title: "no liveness",
          change: { [`${CONTAINER}.livenessProbe`]: undefined },
          says: /livenessProbe must be stated/,
        },
        {
          title: "neither on a pod's only container, though it has no port",
          change: {
            [`${CONTAINER}.ports`]: undefined,
            [`${CONTAINER}.readinessProbe`]: undefined,
            [`${CONTAINER}.livenessProbe`]: undefined,
          },
          says: /readinessProbe must be stated/,
        },
        {
          title: "one question for both, asked more seldom",
          change: {
            [`${CONTAINER}.readinessProbe`]: {
              httpGet: { path: "/livez", port: 9090 },
              periodSeconds: 60,
            },
          },
          says: /must ask different questions/,
        },
        {
          title: "a liveness that asks the dependencies",
          change: { [`${CONTAINER}.livenessProbe.httpGet.path`]: "/readyz/database" },
          says: /must ask no dependency/,
        },
        {
          title: "a liveness by a command, which could ask anything",
          change: { [`${CONTAINER}.livenessProbe`]: { exec: { command: ["psql"] } } },
          says: /must ask no dependency/,
        },
      ],
    },
  ]);
});
