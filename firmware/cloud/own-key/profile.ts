// What all profiles share whose device signs its own token: sign, use until renewal is due, sign anew.
// A token lives in RAM only: after a restart the key signs another.
//
// Rule: a token that was refused is never signed again. Its times are whole seconds (RFC 7519 §2), its signature may be
// deterministic (RFC 6979, PKCS#1 v1.5): two of one second are then the same to the byte. Each refusal, counted over restarts,
// takes a second off the lives of those to come: so they differ whatever the clock says, and no broker finds one that begins
// in the future or lives too long.

import { type ClaimsOptions, claimsOf } from "../../jwt/claims.js";
import { type JwtSigner, signToken } from "../../jwt/token.js";
import type { Credentials, Plan } from "../plan.js";
import type { Profile, ProfileMeans, Topics } from "../profile.js";
import { renewAtOf, usability } from "../renewal.js";

/** Life of a token unless configured otherwise, in seconds. */
const TOKEN_LIFE_S = 3_600;
/** Name in the key-value store: how many tokens were refused, a byte that begins anew behind 255. */
const REFUSED_KEY = "jwt.refused";
/** The share of its life that a token may lose so: one of less than 8 s has none to lose, and is over before it is used. */
const SHORTER_BITS = 3;

/** The device's key and how it signs. */
export interface JwtKey {
  /**
   * Gets the key for one signature; it is wiped afterwards, so that key and curve take no memory between. For the key that
   * lies in the device: es256.ts and rs256.ts.
   */
  signer: (means: ProfileMeans) => JwtSigner;
  /** Name of the key, for a broker that asks for it. */
  kid?: string | undefined;
  /** 1 to 86400; an hour when left out. */
  lifetimeS?: number | undefined;
}

/** What a cloud makes of a token. */
export interface JwtCloud {
  /** Short name of the profile, as in the configuration. */
  name: string;
  key: JwtKey;
  /** What the token claims besides its times. */
  claims: Omit<ClaimsOptions, "wallMs" | "clockErrorMs" | "lifetimeS">;
  /** The way to the broker but for the credentials. */
  way: Omit<Plan, "credentials">;
  /** Who the device is, with the token in its place. */
  credentials: (token: string) => Pick<Credentials, "clientId" | "username" | "password">;
  topics: Topics;
}

/** The profile of a cloud. */
export function jwtProfile(cloud: JwtCloud): Profile {
  return new JwtProfile(cloud);
}

interface SignedToken {
  text: string;
  receivedAt: number;
  expiresAt: number;
  renewAt: number;
}

class JwtProfile implements Profile {
  readonly name: string;
  renewals = 0;
  /** Each second time in a row: neither the network nor the server of time is believed for ever. */
  doubtsTime = false;
  /** The last token was signed by a time that was asked for so. */
  #wasDoubted = false;
  readonly #cloud: JwtCloud;
  #token: SignedToken | undefined;
  /** As kept; undefined: it was not read yet. */
  #refused: number | undefined;

  constructor(cloud: JwtCloud) {
    this.name = cloud.name;
    this.#cloud = cloud;
  }

  async plan(means: ProfileMeans): Promise<Plan> {
    const now = means.clock.wall();
    const held = this.#token;
    const usable = held !== undefined && now !== undefined && held.receivedAt <= now && usability(held, now) === "use";
    const { text, expiresAt, renewAt } = usable ? held : this.sign(means);
    const { way, credentials } = this.#cloud;
    return { ...way, credentials: { ...credentials(text), expiresAt, renewAt } };
  }

  forget(means: ProfileMeans): void {
    if (this.#token === undefined) return;
    this.#token = undefined;
    this.doubtsTime = !this.#wasDoubted;
    this.#refused = (this.refused(means) + 1) & 0xff;
    try {
      means.keyValue.write(REFUSED_KEY, Uint8Array.of(this.#refused));
    } catch (error) {
      // In this life it counts all the same.
      means.log("error", "not-remembered", { key: REFUSED_KEY, message: String(error) });
    }
  }

  topics(): Topics {
    return this.#cloud.topics;
  }

  private refused({ keyValue }: ProfileMeans): number {
    return this.#refused ?? keyValue.read(REFUSED_KEY)?.[0] ?? 0;
  }

  private sign(means: ProfileMeans): SignedToken {
    const { key, claims } = this.#cloud;
    const { signer, kid, lifetimeS: life = TOKEN_LIFE_S } = key;
    const began = means.clock.monotonic();
    const lifetimeS = life - (this.refused(means) % (1 + (life >> SHORTER_BITS)));
    const set = claimsOf({ ...claims, lifetimeS, wallMs: means.clock.wall(), clockErrorMs: means.clockErrorMs });
    const signs = signer(means);
    try {
      const receivedAt = Number(set.iat) * 1000;
      const expiresAt = Number(set.exp) * 1000;
      const text = signToken(signs, set, kid);
      this.#token = { text, receivedAt, expiresAt, renewAt: renewAtOf(receivedAt, expiresAt, means.random) };
    } finally {
      signs.wipe();
    }
    this.renewals++;
    this.#wasDoubted = this.doubtsTime;
    this.doubtsTime = false;
    means.log("info", "signed", {
      alg: signs.alg,
      expiresAt: this.#token.expiresAt,
      ms: means.clock.monotonic() - began,
    });
    return this.#token;
  }
}
