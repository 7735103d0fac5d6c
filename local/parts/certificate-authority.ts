import { randomBytes, webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
// Before x509: the dependency injection inside @peculiar/x509 asks for it while it loads.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { writeFileAtomically } from "../cloud/store.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
/** A clock that runs a little behind must not refuse a certificate that was just made. */
const SKEW_MS = 10 * 60_000;
const CA_DAYS = 3650;
/** Leaf certificates are issued at every start of a part, so they only have to outlive one run. */
const LEAF_DAYS = 397;

export interface CertificateRequest {
  readonly commonName: string;
  readonly organization?: string | undefined;
  readonly dnsNames?: readonly string[] | undefined;
  readonly ipAddresses?: readonly string[] | undefined;
  /** For a client (TLS client authentication) besides, or instead of, a server. */
  readonly client?: boolean | undefined;
}

export interface IssuedCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/**
 * The embedded cloud's own certificate authority: what Amazon's roots are on AWS. It is made once per
 * state folder, so that a client that trusts its file goes on trusting the region after a restart.
 */
export class CertificateAuthority {
  /** The CA certificate, PEM. */
  readonly pem: string;
  /** File that holds `pem`, readable by all. */
  readonly file: string;
  readonly #certificate: x509.X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(file: string, pem: string, key: webcrypto.CryptoKey) {
    this.file = file;
    this.pem = pem;
    this.#certificate = new x509.X509Certificate(pem);
    this.#key = key;
  }

  /** Opens the authority that lies in `dir`; makes it when there is none. */
  static async open(dir: string): Promise<CertificateAuthority> {
    x509.cryptoProvider.set(webcrypto);
    mkdirSync(dir, { recursive: true, mode: 0o755 });
    const file = join(dir, "ca.pem");
    const keyFile = join(dir, "ca.key");
    if (!existsSync(file) || !existsSync(keyFile)) await makeAuthority(file, keyFile);
    const der = x509.PemConverter.decodeFirst(readFileSync(keyFile, "utf8"));
    const key = await webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
    return new CertificateAuthority(file, readFileSync(file, "utf8"), key);
  }

  async issue(request: CertificateRequest): Promise<IssuedCertificate> {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
    const names = [
      ...(request.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
      ...(request.ipAddresses ?? []).map((value) => ({ type: "ip" as const, value })),
    ];
    const usages = [
      x509.ExtendedKeyUsage.serverAuth,
      ...(request.client ? [x509.ExtendedKeyUsage.clientAuth] : []),
    ];
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: subject(request.commonName, request.organization),
      issuer: this.#certificate.subject,
      ...validity(LEAF_DAYS),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(usages),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate.publicKey),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return {
      certPem: `${certificate.toString("pem")}\n`,
      keyPem: await exportKey(keys.privateKey),
    };
  }
}

async function makeAuthority(file: string, keyFile: string): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: subject("SecureVPN embedded cloud", undefined),
    ...validity(CA_DAYS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  // The key first: a certificate without its key would be taken for a whole authority.
  writeFileAtomically(keyFile, await exportKey(keys.privateKey));
  writeFileAtomically(file, `${certificate.toString("pem")}\n`, 0o644);
}

function subject(commonName: string, organization: string | undefined): x509.JsonName {
  return [...(organization === undefined ? [] : [{ O: [organization] }]), { CN: [commonName] }];
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - SKEW_MS), notAfter: new Date(now + days * DAY_MS) };
}

/** 127 random bits, positive and without a leading zero byte (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey("pkcs8", key);
  return `${x509.PemConverter.encode(der, "PRIVATE KEY")}\n`;
}
