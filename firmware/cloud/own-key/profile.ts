// What all profiles share whose device signs its own token: sign, use until renewal is due, sign anew.
// A token lives in RAM only: after a restart the key signs another.

import { type ClaimsOptions, claimsOf } from "../../jwt/claims.js";
import { type JwtSigner, signToken } from "../../jwt/token.js";
import type { Credentials, Plan } from "../plan.js";
import type { Profile, ProfileMeans, Topics } from "../profile.js";
import { renewAtOf, usability } from "../renewal.js";

/** Life of a token unless configured otherwise, in seconds. */
const TOKEN_LIFE_S = 3_600;

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
  readonly #cloud: JwtCloud;
  #token: SignedToken | undefined;

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

  forget(): void {
    this.#token = undefined;
  }

  topics(): Topics {
    return this.#cloud.topics;
  }

  private sign(means: ProfileMeans): SignedToken {
    const { key, claims } = this.#cloud;
    const { signer, kid, lifetimeS = TOKEN_LIFE_S } = key;
    const began = means.clock.monotonic();
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
    means.log("info", "signed", {
      alg: signs.alg,
      expiresAt: this.#token.expiresAt,
      ms: means.clock.monotonic() - began,
    });
    return this.#token;
  }
}
