import type { Properties } from "../provider.ts";
import { sameValue } from "../values.ts";
import { numberOf, objectOf } from "./records.ts";

/**
 * What an update leaves of a node group. The real provider sends the scaling block as a whole, desired
 * size included, when anything in it differs from the state, and nothing of it otherwise; what
 * an autoscaler did in between is in the cloud (`live`), not in the state.
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/eks/node_group.go
 */
export function scaledInputs(live: Properties, state: Properties, news: Properties): Properties {
  const kept = live["scalingConfig"];
  return kept !== undefined && sameValue(state["scalingConfig"], news["scalingConfig"])
    ? { ...news, scalingConfig: kept }
    : news;
}

/** EKS's refusal of a size outside its bounds. */
export function scalingFault(inputs: Properties): string | undefined {
  const scaling = objectOf(inputs["scalingConfig"]);
  const desired = numberOf(scaling["desiredSize"]) ?? 0;
  const min = numberOf(scaling["minSize"]) ?? 0;
  const max = numberOf(scaling["maxSize"]) ?? 0;
  if (min > desired)
    return `InvalidParameterException: Minimum capacity ${min} can't be greater than desired size ${desired}`;
  if (desired > max)
    return `InvalidParameterException: desired capacity ${desired} can't be greater than max size ${max}`;
  return undefined;
}
