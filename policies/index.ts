import { PolicyPack } from "@pulumi/policy";
import { ESTIMATE_FILE, recorded } from "./cost/record.ts";
import { policiesOf } from "./lib/pack.ts";
import { RULES } from "./rules.ts";

// The only file that starts the pack's server; everything else is importable without it.
new PolicyPack("securevpn", {
  policies: policiesOf(recorded(RULES, process.env[ESTIMATE_FILE]), new Date()),
  enforcementLevel: "mandatory",
});
