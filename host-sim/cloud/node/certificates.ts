// The server certificates of the simulated cloud, made when first asked for: each host's good one and the flawed ones.
// The two hosts stand under two roots, as the real ones may: onboarding delivers the endpoint's root to the device.

import { createSecureContext, type SecureContext } from "node:tls";
import { type Flaw, flawOf } from "../identities.js";
import { CertificateAuthority, expired, type Keep, type KeyKind, notYetValid, type ServerIdentity } from "./ca.js";

export interface CertificateOptions {
  /** DNS names of each host. */
  names: Readonly<Record<string, readonly string[]>>;
  now: number;
  kind: KeyKind;
  /** Keeps the roots; left out: they are new. */
  keep?: Keep | undefined;
}

/** Name in a certificate that is for somebody else. */
const OTHER_NAME = "somebody-else.example";

/** Keeps the certificates of one cloud. */
export class Certificates {
  readonly #options: CertificateOptions;
  readonly #authorities: ReadonlyMap<string, CertificateAuthority>;
  readonly #contexts = new Map<string, Promise<SecureContext>>();
  #unknown: Promise<CertificateAuthority> | undefined;

  private constructor(options: CertificateOptions, authorities: ReadonlyMap<string, CertificateAuthority>) {
    this.#options = options;
    this.#authorities = authorities;
  }

  /** Makes one root for each host. */
  static async create(options: CertificateOptions): Promise<Certificates> {
    const hosts = Object.keys(options.names);
    const authorities = await Promise.all(
      hosts.map(async (host) => {
        const { now, kind, keep } = options;
        const name = `Simulated ${host} root CA`;
        const authority = keep
          ? await CertificateAuthority.kept(name, now, kind, keep)
          : await CertificateAuthority.create(name, now, kind);
        return [host, authority] as const;
      }),
    );
    return new Certificates(options, new Map(authorities));
  }

  /** Root certificate above a host. @throws RangeError for an unknown host */
  rootPem(host: string): string {
    return this.#authority(host).rootPem;
  }

  /** What a TLS server shows under the name of an identity (identities.ts). */
  context(identity: string): Promise<SecureContext> {
    let context = this.#contexts.get(identity);
    if (context === undefined) {
      context = this.#make(identity).then(({ chainPem, keyPem }) =>
        createSecureContext({ cert: chainPem, key: keyPem }),
      );
      this.#contexts.set(identity, context);
    }
    return context;
  }

  async #make(identity: string): Promise<ServerIdentity> {
    const { host, flaw } = flawOf(identity);
    const names = this.#options.names[host] ?? [];
    const { now } = this.#options;
    const authority = this.#authority(host);
    const make: Readonly<Record<Flaw | "none", () => Promise<ServerIdentity>>> = {
      // As AWS's servers do, the root comes last under the signature of an older one: trust must end before it.
      none: async () =>
        authority.serverIdentity(names, { extra: [await authority.crossSigned(await this.#otherAuthority())] }),
      "wrong-ca": async () => (await this.#otherAuthority()).serverIdentity(names),
      "wrong-name": () => authority.serverIdentity([OTHER_NAME]),
      "expired-certificate": () => authority.serverIdentity(names, { validity: expired(now) }),
      "early-certificate": () => authority.serverIdentity(names, { validity: notYetValid(now) }),
    };
    return make[flaw ?? "none"]();
  }

  #authority(host: string): CertificateAuthority {
    const authority = this.#authorities.get(host);
    if (authority === undefined) throw new RangeError(`no certificates for ${host}`);
    return authority;
  }

  #otherAuthority(): Promise<CertificateAuthority> {
    this.#unknown ??= CertificateAuthority.create("Some other root CA", this.#options.now, this.#options.kind);
    return this.#unknown;
  }
}
