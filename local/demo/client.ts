import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Underlay } from "../network/underlay.ts";
import { generateKeys, parseWireguardConfig, type KeyPair } from "../network/wireguard-config.ts";
import { Api, ApiFailure } from "./api.ts";
import {
  accountShape,
  connectionShape,
  deviceClaimsOf,
  deviceShape,
  serversShape,
  tokensShape,
} from "./shapes.ts";
import { StepFailed, Steps, type DemoStep } from "./steps.ts";
import { Tunnel } from "./tunnel.ts";

export interface DemoOptions {
  /** Base URL of the region's API. */
  readonly apiUrl: string;
  /** CA that signed the API's certificate; no other is trusted. */
  readonly caPem: string;
  readonly underlay: Underlay;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** How long to wait for the API's first answer and the first VPN server. Default 30 s. */
  readonly patienceMs?: number;
}

export interface DemoResult {
  readonly steps: readonly DemoStep[];
  /** Every step held. */
  readonly ok: boolean;
}

/** A name of the world, which the embedded internet's resolver knows too. */
const NAME = "www.example.com";

interface Walk extends DemoOptions {
  readonly api: Api;
  readonly steps: Steps;
  /** What a failed walk leaves behind, last made first. */
  readonly undo: (() => Promise<void>)[];
}

interface Login {
  readonly accessToken: string;
  readonly refreshToken: string;
}

interface Connection {
  readonly configText: string;
  /** Gives the lease back; a second call does nothing. */
  readonly release: () => Promise<void>;
}

/**
 * Does what a newcomer's first minutes are: signs up, logs in, registers a device, asks for a
 * server, connects, shakes hands, pings and resolves a name through the tunnel, and disconnects. A failed step ends the
 * walk and is in the result. Throws only when `signal` is aborted.
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const api = new Api(options.apiUrl, options.caPem, options.signal);
  const walk: Walk = { ...options, api, steps: new Steps(options.say), undo: [] };
  let ok = false;
  try {
    const keys = generateKeys(); // the private key stays in this process
    const login = await registerDevice(walk, await signUpAndLogIn(walk), keys);
    const connection = await connect(walk, login);
    await useTunnel(walk, connection, keys);
    await walk.steps.run(
      "disconnect",
      connection.release,
      () => "disconnected; the lease is released",
    );
    ok = true;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
  } finally {
    for (const step of walk.undo.reverse())
      await step().catch((error: unknown) => options.say(`demo clean-up: ${String(error)}`));
    api.close();
  }
  options.signal.throwIfAborted();
  return { steps: walk.steps.list, ok };
}

async function signUpAndLogIn(walk: Walk): Promise<Login> {
  const { api, steps } = walk;
  const credentials = {
    email: `newcomer-${randomBytes(6).toString("hex")}@example.com`,
    passphrase: randomBytes(15).toString("base64url"),
  };
  await steps.run(
    "API",
    () =>
      patiently(
        walk,
        () => api.text("GET", "/v1/plans"),
        () => true,
      ),
    () => `${walk.apiUrl} answers`,
  );
  await steps.run(
    "sign-up",
    () => api.json("POST", "/v1/accounts", accountShape, { body: credentials }),
    (account) => `signed up as ${credentials.email}, user ${account.id}`,
  );
  return steps.run(
    "login",
    () => api.json("POST", "/v1/sessions", tokensShape, { body: credentials }),
    () => "logged in",
  );
}

/** Registers the device's public key and rotates the tokens, so that the access token carries it. */
async function registerDevice(walk: Walk, login: Login, keys: KeyPair): Promise<Login> {
  const { api, steps } = walk;
  await steps.run(
    "device",
    () => {
      const body = { name: "demo", publicKey: keys.publicKey };
      return api.json("POST", "/v1/devices", deviceShape, { body, token: login.accessToken });
    },
    (device) => `registered device ${device.id} by its public key`,
  );
  const renewed = await steps.run(
    "refresh",
    async () => {
      const tokens = await api.json("POST", "/v1/sessions/refresh", tokensShape, {
        body: { refreshToken: login.refreshToken },
      });
      const claims = deviceClaimsOf(tokens.accessToken);
      if (claims?.dpk !== keys.publicKey)
        throw new Error("the new access token does not carry the device (did, dpk, tun)");
      return { ...tokens, claims };
    },
    ({ claims }) => `new tokens carry the device with tunnel address ${claims.tun.join(" and ")}`,
  );
  return renewed;
}

async function connect(walk: Walk, login: Login): Promise<Connection> {
  const { api, steps } = walk;
  const token = login.accessToken;
  const { servers } = await steps.run(
    "servers",
    async () => {
      const list = await patiently(
        walk,
        () => api.json("GET", "/v1/servers", serversShape, { token }),
        (l) => l.servers.length > 0,
      );
      if (list.servers.length === 0)
        throw new Error("the region lists no VPN server: none has registered with the selector");
      return list;
    },
    (list) => `the region lists ${list.servers.length} VPN servers`,
  );
  const made = await steps.run(
    "connect",
    () => api.json("POST", "/v1/connections", connectionShape, { body: {}, token }),
    (answer) =>
      `got server ${answer.server.id} of ${servers.length} because ${answer.reason ?? "the selector picked it"}`,
  );
  const path = `/v1/connections/${encodeURIComponent(made.id)}`;
  let released = false;
  const release = async (): Promise<void> => {
    if (released || walk.signal.aborted) return; // without us, the lease ends by itself
    released = true;
    await api.text("DELETE", path, { token });
  };
  walk.undo.push(release);
  const configText = await steps.run(
    "config",
    () => api.text("GET", `${path}/config`, { token, headers: { accept: "text/plain" } }),
    (text) =>
      `got a wg-quick file for ${parseWireguardConfig(text).peers[0]?.endpoint ?? "no endpoint"}`,
  );
  return { configText, release };
}

async function useTunnel(walk: Walk, connection: Connection, keys: KeyPair): Promise<void> {
  const { underlay, steps, signal } = walk;
  const { tools } = underlay;
  if (underlay.mode === "simulated" || tools === undefined) {
    const reason = underlay.reason ?? "this machine has no real network";
    steps.pretend("handshake", `simulated, no packet travels: ${reason}`);
    steps.pretend("ping", "simulated, no packet travels");
    steps.pretend("dns", "simulated, no packet travels");
    return;
  }
  const gateway = parseWireguardConfig(connection.configText).dns[0];
  const tunnel = await steps.run(
    "tunnel",
    async () => {
      if (gateway === undefined)
        throw new Error("the configuration names no DNS, which is the gateway to ping");
      const name = `demo-${randomBytes(3).toString("hex")}`;
      const host = await underlay.addHost(name);
      walk.undo.push(() => underlay.removeHost(name));
      const opened = await Tunnel.open({
        tools,
        host,
        configText: connection.configText,
        privateKey: keys.privateKey,
        signal,
      });
      walk.undo.push(() => opened.close());
      return { host, gateway, opened };
    },
    ({ host }) =>
      `WireGuard interface ${host.interfaceName} is up in a network namespace of its own`,
  );
  await steps.run(
    "handshake",
    () => tunnel.opened.handshake(tunnel.gateway),
    (ms) => `handshake after ${Math.round(ms)} ms`,
  );
  await steps.run(
    "ping",
    () => tunnel.opened.ping(tunnel.gateway),
    (ms) => `ping of ${tunnel.gateway} through the tunnel takes ${ms.toFixed(1)} ms`,
  );
  await steps.run(
    "dns",
    () => tunnel.opened.resolve(NAME),
    (addresses) => `resolved ${NAME} to ${addresses.join(", ")} through the tunnel`,
  );
}

/** Asks again while a just started region gives no answer, a gateway's error or not yet what is wanted. */
async function patiently<T>(
  walk: Walk,
  ask: () => Promise<T>,
  enough: (value: T) => boolean,
): Promise<T> {
  const until = performance.now() + (walk.patienceMs ?? 30_000);
  for (;;) {
    try {
      const value = await ask();
      if (enough(value) || performance.now() > until) return value;
    } catch (error) {
      const passing = error instanceof ApiFailure && error.passing;
      if (!passing || walk.signal.aborted || performance.now() > until) throw error;
    }
    await sleep(250, undefined, { signal: walk.signal });
  }
}
