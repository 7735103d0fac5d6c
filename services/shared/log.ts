import { pino, type Logger } from "pino";

export type { Logger };

/** Fields that must never be written, wherever they stand: nobody can learn who used which server when. */
const FORBIDDEN = [
  "email",
  "passphrase",
  "token",
  "accessToken",
  "refreshToken",
  "publicKey",
  "privateKey",
  "ip",
  "userId",
  "address",
];

export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: FORBIDDEN.flatMap((name) => [name, `*.${name}`]), remove: true },
    // A driver's error may carry parameters in its detail: name, message and code are enough.
    serializers: {
      err: (error: Error & { code?: string }) => ({
        name: error.name,
        message: error.message,
        code: error.code,
        stack: error.stack,
      }),
    },
  });
}
