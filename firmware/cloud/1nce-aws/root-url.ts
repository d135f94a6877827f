// The endpoint's root from the address that onboarding named, for an answer that held no root itself (the JSON form).

import { isCertificate } from "../../bytes/certificate.js";
import { PemReader } from "../../bytes/pem-reader.js";
import { type HttpDeadlines, httpRequest, type StreamOpener } from "../../http/client.js";
import type { HttpLimits } from "../../http/response.js";
import type { Clock, Timer } from "../../platform/clock.js";
import { isHostName } from "../../settings/rules.js";
import { OnboardingError } from "./errors.js";
import { ROOT_CA_DER_LIMIT } from "./token.js";

/** A root has about 1.2 KB as PEM; the page may hold more than one. */
const LIMITS: Partial<HttpLimits> = { body: 8192 };

const httpsUrl = (url: string) =>
  /^https:\/\/([A-Za-z0-9.-]{1,253})(?::([1-9][0-9]{0,4}))?(\/[\x21-\x22\x24-\x7e]*)$/.exec(url);

/** Where a root lies. */
export interface RootAddress {
  host: string;
  port: number;
  path: string;
}

/**
 * Takes an address apart.
 * @throws OnboardingError `onboarding-root` unless it is `https:` on a host with a name
 */
export function rootAddressOf(url: string): RootAddress {
  const [, host = "", port = "443", path = ""] = httpsUrl(url) ?? [];
  if (!isHostName(host) || Number(port) > 65_535) throw rootError("the root's address is no https address");
  return { host, port: Number(port), path };
}

export interface FetchRootOptions {
  /** Byte stream class that leads to the address over TLS, verified against the built-in roots. */
  io: StreamOpener;
  timer: Timer;
  clock: Clock;
  address: RootAddress;
  deadlines?: Partial<HttpDeadlines> | undefined;
}

/**
 * Fetches a root as PEM.
 * @returns DER of the certificate
 * @throws OnboardingError `onboarding-root`; HttpError or a Failure of the connection underneath
 */
export async function fetchRoot(options: FetchRootOptions): Promise<Uint8Array> {
  const { io, timer, clock, address, deadlines } = options;
  const pem = new PemReader(ROOT_CA_DER_LIMIT);
  const asRootError = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw rootError("the root is no PEM of a certificate", error);
    }
  };
  await httpRequest({
    io,
    timer,
    clock,
    host: address.port === 443 ? address.host : `${address.host}:${address.port}`,
    path: address.path,
    limits: LIMITS,
    deadlines,
    onHead: ({ status }) => {
      if (status !== 200) throw rootError(`status ${status} instead of the root`);
    },
    onBody: (piece) => asRootError(() => pem.push(piece)),
  });
  const der = asRootError(() => pem.end());
  if (!isCertificate(der)) throw rootError("the root is no PEM of a certificate");
  return der;
}

function rootError(what: string, cause?: unknown): OnboardingError {
  return new OnboardingError("onboarding-root", `onboarding: ${what}`, "back-off", cause);
}
