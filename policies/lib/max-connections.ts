import { defaultMaxConnections } from "../../facts/database-connections.ts";
import { parameterOf } from "./parameters.ts";
import { textAt } from "./planned.ts";
import type { StackResource } from "./rule.ts";

/** Connections that an RDS instance takes: its parameter group's number, else its class's default. */
export function maxConnectionsOf(instance: StackResource): number | undefined {
  const [group] = instance
    .relations("parameterGroupName")
    .filter(({ type }) => type === "aws:rds/parameterGroup:ParameterGroup");
  const stated = group && parameterOf(group.props, "max_connections");
  if (stated !== undefined) return /^\d+$/.test(stated) ? Number(stated) : undefined;
  return defaultMaxConnections(textAt(instance.props, "instanceClass") ?? "");
}
