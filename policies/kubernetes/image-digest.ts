import { imagesOf, podRule } from "../lib/pods.ts";
import { unless, type Rule } from "../lib/rule.ts";

const BY_DIGEST = /^\S+@sha256:[0-9a-f]{64}$/;

export const imageDigest: Rule = {
  id: "K05",
  name: "k05-image-digest",
  level: "mandatory",
  description: "Every image is named by its digest, so that what was reviewed is what runs",
  source: "CIS 5.1.4",
  resource: podRule((pod) =>
    imagesOf(pod).flatMap(({ where, reference }) =>
      unless([
        reference !== undefined && BY_DIGEST.test(reference),
        `${where}: image must end with @sha256: and 64 hex digits; it is ${reference ?? "not known"}`,
      ]),
    ),
  ),
};
