import { z } from "zod";
import { publicKeyFault } from "../../shared/wireguard-key.ts";
import { passphraseFault } from "../domain/password.ts";

/** Request bodies. OpenAPI is made from the same schemas; strict objects refuse unknown keys. */

const email = z.email().max(254);

/** A passphrase that is being set, held to the rules. */
const newPassphrase = z
  .string()
  .max(1024)
  .superRefine((value, check) => {
    const fault = passphraseFault(value);
    if (fault !== undefined) check.addIssue({ code: "custom", message: fault });
  });

/** A passphrase that is being checked: no rule may tell what ours were when it was set. */
const givenPassphrase = z.string().min(1).max(1024);

const publicKey = z.string().superRefine((value, check) => {
  const fault = publicKeyFault(value);
  if (fault !== undefined) check.addIssue({ code: "custom", message: fault });
});

/** No control characters: PostgreSQL refuses NUL, and terminals obey the others. */
const deviceName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^\P{Cc}*$/u, "must have no control characters");

export const signUpBody = z.strictObject({ email, passphrase: newPassphrase });
export const loginBody = z.strictObject({
  email,
  passphrase: givenPassphrase,
  deviceId: z.uuid().optional(),
});
export const refreshBody = z.strictObject({ refreshToken: z.string().min(1).max(512) });
export const accountPatchBody = z.strictObject({
  currentPassphrase: givenPassphrase,
  passphrase: newPassphrase,
});
export const accountDeleteBody = z.strictObject({ passphrase: givenPassphrase });
export const deviceBody = z.strictObject({ name: deviceName, publicKey });
export const deviceKeyBody = z.strictObject({ publicKey });
export const idPath = z.object({ id: z.uuid() });
