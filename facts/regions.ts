/** A new region is one line here and one stack file; block numbers are never used twice. */
export const ENTRIES = [
  { name: "us-east-1", block: 1, weight: 50 },
  { name: "eu-central-1", block: 2, weight: 30 },
  { name: "ap-southeast-1", block: 3, weight: 20 },
] as const;

/** The home region of the platform: it owns what exists once (the shared name's certificate record). */
export const HOME_REGION = "us-east-1";

/** The stack of the embedded cloud, a platform of its own. */
export const LOCAL_STACK = "local";
