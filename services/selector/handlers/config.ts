import type { Request, RequestHandler } from "express";
import QRCode from "qrcode";
import { NotFound, Problem } from "../../shared/errors.ts";
import { parse } from "../../shared/http.ts";
import type { SelectorContext } from "../context.ts";
import { configFileName, wgQuickFile } from "../domain/wg-quick.ts";
import { listConnections } from "../store/connections.ts";
import { callerOf } from "./authenticate.ts";
import { configQuery, idPath } from "./schemas.ts";

const MEDIA_TYPES = { text: "text/plain", png: "image/png", svg: "image/svg+xml" } as const;
type Format = keyof typeof MEDIA_TYPES;

/** The format that the query names, else the one that Accept prefers; a text when it takes anything. */
function formatOf(request: Request, asked: Format | undefined): Format {
  if (asked !== undefined) return asked;
  const accepted = request.accepts([...Object.values(MEDIA_TYPES), "application/json"]);
  const found = (["text", "png", "svg"] as const).find(
    (format) => MEDIA_TYPES[format] === accepted,
  );
  if (found === undefined && accepted !== "application/json") {
    throw new Problem(
      406,
      "not-acceptable",
      "Not acceptable",
      `A configuration comes as ${Object.values(MEDIA_TYPES).join(", ")}.`,
    );
  }
  return found ?? "text";
}

/**
 * GET /v1/connections/{id}/config: a wg-quick file, or a QR code of it. It has a placeholder where the
 * client puts its private key, which never comes here.
 */
export function config({ redis, registry, region }: SelectorContext): RequestHandler {
  return async (request, response) => {
    const { id } = parse(idPath, request.params, "path");
    const format = formatOf(request, parse(configQuery, request.query, "query").format);
    const connection = (await listConnections(redis, callerOf(response).sub)).find(
      (item) => item.id === id,
    );
    if (connection === undefined) throw new NotFound("This account has no such connection.");
    const server = registry.find(connection.serverId);
    if (server === undefined) throw new NotFound("The connection's server is gone; connect again.");
    const text = wgQuickFile({
      addresses: connection.addresses,
      dns: [region.vpn.gatewayIpv4, region.vpn.gatewayIpv6],
      mtu: region.vpn.mtu,
      serverPublicKey: server.publicKey,
      serverHost: server.host,
      serverPort: server.port,
    });
    response.set({ "cache-control": "no-store", vary: "accept" });
    if (format === "text")
      response.attachment(configFileName(server.id)).type("text/plain").send(text);
    else if (format === "png")
      response.type("image/png").send(await QRCode.toBuffer(text, { errorCorrectionLevel: "M" }));
    else
      response
        .type("image/svg+xml")
        .send(await QRCode.toString(text, { type: "svg", errorCorrectionLevel: "M" }));
  };
}
