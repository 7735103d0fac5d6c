// Preloaded by NODE_OPTIONS into every Node process of the embedded cloud: dns.lookup answers the
// cloud's own names from its zone file, all else as before. http, fetch, pg and ioredis use lookup.
import dns from "node:dns";
import { readFileSync, statSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const file = process.env.SECUREVPN_ZONE_FILE;
let names = {};
let stamp = -1;

function find(host) {
  if (!file) return undefined;
  try {
    const { mtimeMs } = statSync(file);
    if (mtimeMs !== stamp) {
      names = JSON.parse(readFileSync(file, "utf8"));
      stamp = mtimeMs;
    }
  } catch {
    // The cloud is stopping; keep the last answers.
  }
  return Object.hasOwn(names, host) ? names[host] : undefined;
}

const lookup = dns.lookup;
const lookupPromise = dns.promises.lookup;

function patchedLookup(host, options, callback) {
  const done = typeof options === "function" ? options : callback;
  const address = find(host);
  if (address === undefined) return lookup(host, options, callback);
  const all = typeof options === "object" && options !== null && options.all;
  process.nextTick(() => (all ? done(null, [{ address, family: 4 }]) : done(null, address, 4)));
}

dns.lookup = patchedLookup;
dns.promises.lookup = async (host, options) => {
  const address = find(host);
  if (address === undefined) return lookupPromise(host, options);
  return options?.all ? [{ address, family: 4 }] : { address, family: 4 };
};
syncBuiltinESMExports();
