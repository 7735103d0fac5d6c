/** How sensitive the data is that a resource holds; the tag `data-class` says so. */
export type DataClass = "none" | "operational" | "personal";

/** Tags of everything in a stack; the provider adds them, so no resource can forget them. */
export function defaultTags(
  owner: string,
  environment: string,
  region: string,
): Record<string, string> {
  return { owner, environment, region, project: "securevpn", "data-class": "none" };
}

export const dataClass = (value: DataClass): Record<string, string> => ({ "data-class": value });
