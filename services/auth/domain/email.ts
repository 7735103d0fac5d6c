import { createHmac } from "node:crypto";

/** One spelling of an address: the domain has no case, and no large provider tells local parts apart by it. */
export const normaliseEmail = (email: string): string =>
  email.trim().normalize("NFC").toLowerCase();

/** Keyed hash under which the directory knows an address; without the key it says nothing. */
export function emailHash(key: Buffer, email: string): Buffer {
  return createHmac("sha256", key).update(normaliseEmail(email)).digest();
}
