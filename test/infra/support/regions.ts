import { regionProgram, type Program } from "./program.ts";

const known = new Map<string, Program>();

/** The region of a stack, built once a test run: reading it changes nothing. */
export async function regionOf(stack: "local" | "prod"): Promise<Program> {
  const made = known.get(stack) ?? (await regionProgram(stack));
  known.set(stack, made);
  return made;
}
