import type { Express } from "express";
import type { Registry } from "prom-client";
import { createApi } from "../shared/http.ts";
import type { AuthContext } from "./context.ts";
import { account, changePassphrase, eraseAccount } from "./handlers/account.ts";
import { authenticate } from "./handlers/authenticate.ts";
import { addDevice, devices, removeDevice, replaceKey } from "./handlers/devices.ts";
import { jwks, plans } from "./handlers/public.ts";
import { endSession, login, refresh, sessions } from "./handlers/sessions.ts";
import { signUp } from "./handlers/sign-up.ts";
import { subscription } from "./handlers/subscription.ts";

/** The API of auth: each route is a list of named steps. */
export function createAuthApi(context: AuthContext, registry: Registry): Express {
  const authenticated = authenticate(context);
  return createApi(
    { log: context.log, registry, trustedHops: context.region.trustedHops },
    (app) => {
      app.post("/v1/accounts", signUp(context));
      app.post("/v1/sessions", login(context));
      app.post("/v1/sessions/refresh", refresh(context));
      app.get("/v1/sessions", authenticated, sessions(context));
      app.delete("/v1/sessions/:id", authenticated, endSession(context));
      app.get("/v1/account", authenticated, account(context));
      app.patch("/v1/account", authenticated, changePassphrase(context));
      app.delete("/v1/account", authenticated, eraseAccount(context));
      app.get("/v1/account/subscription", authenticated, subscription(context));
      app.get("/v1/devices", authenticated, devices(context));
      app.post("/v1/devices", authenticated, addDevice(context));
      app.put("/v1/devices/:id/key", authenticated, replaceKey(context));
      app.delete("/v1/devices/:id", authenticated, removeDevice(context));
      app.get("/v1/plans", plans());
      app.get("/.well-known/jwks.json", jwks(context));
    },
  );
}
