import { isOff, isSet, textAt } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

/** In JSON and in YAML; a certificate of the cluster's own is what says that it is the cluster. */
const INSECURE = /"?insecure-skip-tls-verify"?\s*:\s*"?true/i;

/** The kubeconfig is known once the cluster is made; the rule judges it in the next preview and in `up`. */
export const provider: Rule = {
  id: "K18",
  name: "k18-provider",
  level: "mandatory",
  description: "The program talks to the cluster that it made, and to nothing in its place",
  source: "OWN",
  resource: {
    types: ["pulumi:providers:kubernetes"],
    check: ({ props }) =>
      unless(
        [
          isSet(props, "kubeconfig"),
          "kubeconfig must be stated: the default is whatever lies in the home",
        ],
        [
          !INSECURE.test(textAt(props, "kubeconfig") ?? ""),
          "kubeconfig must not skip the check of the cluster's certificate",
        ],
        [
          !isSet(props, "renderYamlToDirectory"),
          "renderYamlToDirectory must be left out: it writes Secrets to files and deploys nothing",
        ],
        [
          isOff(props, "deleteUnreachable"),
          "deleteUnreachable must be off: a cluster out of reach is no cluster without objects",
        ],
      ),
  },
};
