import type { Family } from "../charge.ts";

const component = "monitoring and operations";

export const key: Family = {
  types: ["aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey"],
  charges: () => [{ component, item: "KMS key", quantity: 1, price: ["kms", "customer-key"] }],
};

export const secret: Family = {
  types: ["aws:secretsmanager/secret:Secret"],
  charges: () => [{ component, item: "secret", quantity: 1, price: ["secretsmanager", "secret"] }],
};
