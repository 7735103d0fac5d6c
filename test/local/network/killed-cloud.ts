// A stand-in for a cloud that gets killed: opens an underlay with one WireGuard host, prints the
// process id of wireguard-go and waits.
import { openUnderlay } from "../../../local/network/underlay.ts";
import { generateKeys } from "../../../local/network/wireguard-config.ts";
import { startServer, testContext } from "./support.ts";

const context = await testContext();
const underlay = await openUnderlay(context);
const server = await startServer(await underlay.addHost("a"), {
  privateKey: generateKeys().privateKey,
  peers: [],
  address: "100.64.0.1/32",
});
context.dispose(); // nobody else will
process.stdout.write(`${server.pid}\n`);
setInterval(() => undefined, 1_000);
