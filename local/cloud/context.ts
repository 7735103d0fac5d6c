import type { AddressPlan } from "./addresses.ts";
import type { Parts } from "./parts.ts";
import type { Zone } from "./zone.ts";
import type { CertificateAuthority } from "../parts/certificate-authority.ts";

/** Absolute paths of the binaries that set-up found or built; absent: not on this machine. */
export interface Tools {
  readonly node: string;
  readonly pulumi: string;
  readonly etcd: string;
  readonly coredns: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly redisServer?: string | undefined;
  readonly wireguardGo?: string | undefined;
  readonly wg?: string | undefined;
  readonly ip?: string | undefined;
  readonly ping?: string | undefined;
  readonly nft?: string | undefined;
}

/** What every part of the embedded cloud gets. */
export interface CloudContext {
  /** Folder of this cloud; everything it writes is below it. */
  readonly stateDir: string;
  readonly addresses: AddressPlan;
  readonly zone: Zone;
  readonly parts: Parts;
  readonly ca: CertificateAuthority;
  readonly tools: Tools;
  /** One line for the person who watches; progress of long waits goes here too. */
  readonly say: (line: string) => void;
}
