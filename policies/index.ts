import { PolicyPack } from "@pulumi/policy";
import { policiesOf } from "./lib/pack.ts";
import { RULES } from "./rules.ts";

// The only file that starts the pack's server; everything else is importable without it.
new PolicyPack("securevpn", {
  policies: policiesOf(RULES, new Date()),
  enforcementLevel: "mandatory",
});
