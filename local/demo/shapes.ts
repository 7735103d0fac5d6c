import { z } from "zod";

/** What the demo client reads of each answer; other keys are ignored, as a client should. */
export const tokensShape = z.object({ accessToken: z.string(), refreshToken: z.string() });
export const accountShape = z.object({ id: z.string() });
export const deviceShape = z.object({ id: z.string() });
export const serversShape = z.object({ servers: z.array(z.object({ id: z.string() })) });
export const connectionShape = z.object({
  id: z.string(),
  server: z.object({ id: z.string() }),
  reason: z.string().optional(),
});

const deviceClaims = z.object({
  did: z.string(),
  dpk: z.string(),
  tun: z.array(z.string()).min(1),
});
export type DeviceClaims = z.infer<typeof deviceClaims>;

/** The device's claims of an access token; undefined when the token carries none. Nothing is verified. */
export function deviceClaimsOf(accessToken: string): DeviceClaims | undefined {
  try {
    const payload = Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString("utf8");
    return deviceClaims.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
