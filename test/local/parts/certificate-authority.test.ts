import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { after, describe, it } from "mocha";
import { CertificateAuthority } from "../../../local/parts/certificate-authority.ts";

describe("the certificate authority", () => {
  const directory = mkdtempSync(join(tmpdir(), "ca-"));
  after(() => rmSync(directory, { recursive: true, force: true }));

  it("issues server certificates that a client who trusts only its file accepts", async () => {
    const ca = await CertificateAuthority.open(directory);
    const { certPem, keyPem } = await ca.issue({
      commonName: "db",
      dnsNames: ["db.internal"],
      ipAddresses: ["127.0.0.1"],
    });
    const server = tls.createServer({ cert: certPem, key: keyPem }, (socket) =>
      socket.end("hello"),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const connect = (servername: string): Promise<boolean> =>
      new Promise((resolve, reject) => {
        const socket = tls.connect(
          { port: address.port, host: "127.0.0.1", ca: ca.pem, servername },
          () => {
            resolve(socket.authorized);
            socket.destroy();
          },
        );
        socket.on("error", reject);
      });
    assert.equal(await connect("db.internal"), true);
    await assert.rejects(connect("other.internal"), /altnames/);
    server.close();
  });

  it("is the same authority after it was opened again", async () => {
    const first = await CertificateAuthority.open(directory);
    const second = await CertificateAuthority.open(directory);
    assert.equal(first.pem, second.pem);
    const { certPem } = await second.issue({
      commonName: "admin",
      organization: "system:masters",
      client: true,
    });
    const leaf = new X509Certificate(certPem);
    assert.ok(leaf.verify(new X509Certificate(first.pem).publicKey));
    assert.match(leaf.subject, /O=system:masters\nCN=admin/);
  });
});
