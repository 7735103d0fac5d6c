import type { Shards } from "../../shared/postgres.ts";

export interface SubscriptionRow {
  readonly tier: string;
  readonly renews_at: Date | null;
}

export async function findSubscription(
  shards: Shards,
  userId: bigint,
): Promise<SubscriptionRow | undefined> {
  const text = "select tier, renews_at from subscriptions where user_id = $1";
  const [row] = await shards.readFor<SubscriptionRow>(userId, {
    name: "find-subscription",
    text,
    values: [userId],
  });
  return row;
}
