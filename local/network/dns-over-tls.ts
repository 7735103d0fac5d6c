/**
 * Plays the resolvers of the internet that VPN servers ask: DNS over TLS (RFC 7858) with a
 * certificate of the cloud's own authority. It knows a few names of its own; others do not exist.
 * Environment: LISTEN_ADDRESS, CERTIFICATE and KEY (PEM).
 */
import { createServer, type TLSSocket } from "node:tls";
import { answerTo } from "./dns-message.ts";

const PORT = 853;
/** Nobody asks in more; a length beyond it is no DNS. */
const MAX_QUERY = 4096;

function serve(socket: TLSSocket): void {
  let rest = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const length = rest.readUInt16BE(0);
      const answer = length > MAX_QUERY ? undefined : answerTo(rest.subarray(2, 2 + length));
      rest = rest.subarray(2 + length);
      if (answer === undefined) return void socket.destroy();
      const prefix = Buffer.alloc(2);
      prefix.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([prefix, answer]));
    }
  });
}

function main(): void {
  const { LISTEN_ADDRESS: host, CERTIFICATE: cert, KEY: key } = process.env;
  if (host === undefined || cert === undefined || key === undefined) {
    process.stderr.write("LISTEN_ADDRESS, CERTIFICATE or KEY is not set\n");
    process.exit(2);
  }
  createServer({ cert, key, minVersion: "TLSv1.2" }, serve).listen(PORT, host);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
}

main();
