/**
 * First days of EKS extended support (UTC), when a cluster begins to cost six times as much an hour
 * (`supportType: STANDARD` upgrades it by itself instead):
 * https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html, read 2026-11.
 */
export const STANDARD_SUPPORT_ENDS: Readonly<Record<string, string>> = {
  "1.34": "2026-12-02",
  "1.35": "2027-03-27",
  "1.36": "2027-08-02",
};

/** The day on which a version's standard support ended, if it has; undefined for one we do not know. */
export function endedSupport(version: string, today: Date): string | undefined {
  const end = STANDARD_SUPPORT_ENDS[version];
  return end !== undefined && today >= new Date(`${end}T00:00:00Z`) ? end : undefined;
}

const DAY_MS = 86_400_000;

/** Whole days of standard support that a version still has, 0 on its last; undefined for one we do not know. */
export function daysOfSupport(version: string, today: Date): number | undefined {
  const end = STANDARD_SUPPORT_ENDS[version];
  if (end === undefined) return undefined;
  return Math.max(0, Math.floor((Date.parse(`${end}T00:00:00Z`) - today.getTime()) / DAY_MS));
}
