import { imagesOf, podRule } from "../lib/pods.ts";
import { unless, type Rule } from "../lib/rule.ts";

const BY_DIGEST = /^\S+@sha256:[0-9a-f]{64}$/;
/** All its names: docker.io, registry-1.docker.io, index.docker.io, registry.hub.docker.com. */
const DOCKER_HUB = /(^|\.)docker\.(io|com)(:\d+)?$/i;

/** As container runtimes read it: a first part that is no host's name means Docker Hub. */
function isOfDockerHub(image: string): boolean {
  const [host = "", ...path] = image.split("/");
  const isHost = path.length > 0 && (/[.:]/.test(host) || host === "localhost");
  return !isHost || DOCKER_HUB.test(host);
}

export const imageDigest: Rule = {
  id: "K05",
  name: "k05-image-digest",
  level: "mandatory",
  description:
    "Every image is named by its digest, so that what was reviewed is what runs, and comes from a registry that does not limit pulls",
  source: "CIS 5.1.4",
  resource: podRule((pod) =>
    imagesOf(pod).flatMap(({ where, reference }) =>
      unless(
        [
          reference !== undefined && BY_DIGEST.test(reference),
          `${where}: image must end with @sha256: and 64 hex digits; it is ${reference ?? "not known"}`,
        ],
        [
          reference === undefined || !isOfDockerHub(reference),
          `${where}: image must not come from Docker Hub, which limits pulls by address: ${reference}`,
        ],
      ),
    ),
  ),
};
