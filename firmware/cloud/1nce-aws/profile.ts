// The 1NCE profile: the SIM is the identity, its token opens AWS IoT Core.
// A token is kept over restarts, renewed ahead of its end, and thrown away when the broker refuses it, or once when the root
// that came with it no longer fits the endpoint. One that cannot be renewed yet is used as long as it holds, and one that has
// just come is not doubted for a close without a word. What is for another SIM, or cannot be carried, is never kept.

import { httpRequest } from "../../http/client.js";
import type { ResponseHead } from "../../http/response.js";
import { type Advice, asFailure, Failure, storyOf } from "../../platform/failure.js";
import type { KeyValue } from "../../platform/storage.js";
import { type Config, SETTINGS } from "../../settings/table.js";
import { connect } from "../connect.js";
import type { Plan } from "../plan.js";
import type { Profile, ProfileMeans, Topics } from "../profile.js";
import { isShort, postponed, renewAtOf, restOf, usability } from "../renewal.js";
import { builtInRoots } from "../roots.js";
import { topicsBelow } from "../topics.js";
import { OnboardingError } from "./errors.js";
import { forgetToken, type HeldToken, keepToken, keptToken } from "./keep.js";
import { Onboarding } from "./onboarding.js";
import { checkCarried, planOf } from "./plan.js";
import { checkEndpoint, checkRootHost, checkSim, ROOT_URL_PATTERN, sameSim } from "./policy.js";
import { fetchRoot, rootAddressOf } from "./root-url.js";
import type { OneNceToken } from "./token.js";

/** Settings that the profile goes by; a whole configuration does. */
export type OneNceSettings = Pick<
  Config,
  "onboardingHost" | "onboardingPort" | "endpointPattern" | "missingRoot" | "transport"
>;

/** The settings, each with its default when left out, and what no setting changes. */
export interface OneNceOptions extends Partial<OneNceSettings> {
  /** Trust anchors for that host and for the address of the root, DER; the built-in ones when left out. */
  roots?: readonly Uint8Array[];
  /** Host names a root may be fetched from; `*.amazontrust.com` when left out. */
  rootUrlPattern?: string;
  /** The topics of a client id, the ICCID; those below it when left out. */
  topics?: (clientId: string) => Topics;
}

/** A token that came within this time, in ms, is neither expired nor has an outdated root. */
export const YOUNG_MS = 600_000;

/** The profile `1nce`. */
export function oneNceProfile(options: OneNceOptions = {}): Profile {
  return new OneNceProfile(options);
}

class OneNceProfile implements Profile {
  readonly name = "1nce";
  renewals = 0;
  readonly #options: OneNceOptions;
  #held: HeldToken | undefined;
  /** The endpoint's certificate led to another root than the token's; forgotten at the next renewal that is due. */
  #rootDoubted = false;
  /** How many tokens in a row ended soon, and until when no other is asked for, that or the service's wish, monotonic ms. */
  #short = 0;
  #restsUntil = 0;

  constructor(options: OneNceOptions) {
    this.#options = options;
  }

  plan(means: ProfileMeans): Promise<Plan> {
    const now = means.clock.wall();
    const held = now === undefined ? undefined : this.find(means, now);
    const use = held === undefined || now === undefined ? "over" : usability(held, now);
    if (held && use === "use") return Promise.resolve(this.use(held));
    return this.renew(means, use === "over" ? undefined : held);
  }

  forget({ keyValue }: ProfileMeans): void {
    this.#held = undefined;
    forgetToken(keyValue);
  }

  judge(failure: Failure, { clock }: ProfileMeans): Failure {
    const { code, message, advice } = failure;
    const age = (clock.wall() ?? 0) - (this.#held?.receivedAt ?? 0);
    const young = age >= 0 && age < YOUNG_MS;
    // Not expired so soon: whatever makes the other side close, onboarding again does not help.
    if (code === "mqtt-closed" && advice === "new-credentials" && young) return again(failure, message, "back-off");
    if (code !== "tls-untrusted" || this.#rootDoubted) return failure;
    this.#rootDoubted = true;
    // The endpoint may have moved to another root since the token came: onboarding delivers it.
    return young ? failure : again(failure, `${message}: the kept root may be outdated`, "new-credentials");
  }

  topics({ credentials }: Plan) {
    return (this.#options.topics ?? topicsBelow)(credentials.clientId);
  }

  /** The token in RAM or in the store, if it is this SIM's. */
  private find({ keyValue, iccid, log }: ProfileMeans, now: number): HeldToken | undefined {
    if (this.#held === undefined) {
      this.#held = this.usable(keptToken(keyValue, now), keyValue);
      if (this.#held !== undefined) log("info", "token-kept", { ageMs: now - this.#held.receivedAt });
    }
    const { clientId } = this.#held ?? {};
    const foreign = iccid !== undefined && clientId !== undefined && !sameSim(iccid, clientId);
    if (foreign) {
      log("warn", "sim-changed", {});
      this.#held = undefined;
    }
    return this.#held;
  }

  /** A kept token, unless the device, which may be set up in another way than before, must not use it or cannot carry it. */
  private usable(kept: HeldToken | undefined, keyValue: KeyValue): HeldToken | undefined {
    try {
      if (kept !== undefined) this.check(kept);
      return kept;
    } catch {
      forgetToken(keyValue);
      return undefined;
    }
  }

  private use(token: HeldToken): Plan {
    if (this.#held && this.#held.receivedAt !== token.receivedAt) this.#rootDoubted = false;
    this.#held = token;
    return planOf(token, this.#options.transport);
  }

  /**
   * Asks for a token. In a turn of its own, on an empty stack: what follows goes deep, and on the chip the deepest call is memory
   * for good.
   * @param fallback a token that still holds, should there be no new one
   */
  private renew(means: ProfileMeans, fallback: HeldToken | undefined): Promise<Plan> {
    return Promise.resolve().then(() => {
      try {
        this.checkRest(means.clock.monotonic());
        const onboarding = this.onboarding(means);
        return httpRequest(onboarding).then(
          (head) => this.renewed(onboarding, head, means, fallback),
          (error) => this.postponed(error, means, fallback),
        );
      } catch (error) {
        return this.postponed(error, means, fallback);
      }
    });
  }

  /** The service has answered. */
  private renewed(
    onboarding: Onboarding,
    head: ResponseHead,
    means: ProfileMeans,
    fallback: HeldToken | undefined,
  ): Plan | Promise<Plan> {
    try {
      const answer = onboarding.token(head);
      this.#short = isShort(answer) ? this.#short + 1 : 0;
      this.#restsUntil = means.clock.monotonic() + restOf(this.#short);
      this.check(answer, means.iccid);
      if (!this.lacksRoot(answer)) return this.keep(answer, means);
      return this.withRoot(answer, means)
        .then((token) => this.keep(token, means))
        .catch((error) => this.postponed(error, means, fallback));
    } catch (error) {
      return this.postponed(error, means, fallback);
    }
  }

  private keep(token: OneNceToken, { keyValue, log, random }: ProfileMeans): Plan {
    this.renewals++;
    const { receivedAt, expiresAt, clientId, endpoint, username, rootCa } = token;
    const held = { ...token, renewAt: renewAtOf(receivedAt, expiresAt, random) };
    const kept = keepToken(keyValue, held);
    const sizes = { usernameBytes: username.length, rootBytes: rootCa?.length ?? 0 };
    log("info", "onboarded", { clientId, endpoint, ...sizes, expiresAt, kept });
    return { ...this.use(held), isFresh: true };
  }

  /** There is no new token. @throws `error` when the one before does not hold any more: an exchange may take minutes to fail */
  private postponed(
    error: unknown,
    { log, random, clock, keyValue }: ProfileMeans,
    fallback: HeldToken | undefined,
  ): Plan {
    const now = clock.wall();
    const { code, retryAfterMs = 0 } = asFailure(error);
    // Also where the token that there is does not hold as long, or is refused.
    this.#restsUntil = Math.max(this.#restsUntil, clock.monotonic() + retryAfterMs);
    if (fallback === undefined || now === undefined || usability(fallback, now) === "over") throw error;
    log("warn", "renewal-postponed", { code, message: storyOf(error) });
    const held = { ...fallback, renewAt: postponed(now, fallback.expiresAt, random, retryAfterMs) };
    // A chip that sleeps deeply would ask again with each wake.
    if (retryAfterMs > 0) keepToken(keyValue, held);
    return this.use(held);
  }

  /** @throws OnboardingError `onboarding-often`, with how long to wait */
  private checkRest(now: number): void {
    const left = this.#restsUntil - now;
    if (left <= 0) return;
    const message = "1NCE is busy, or its tokens end within two minutes: no other is asked for yet";
    const failure = new OnboardingError("onboarding-often", message, "back-off");
    failure.retryAfterMs = left;
    throw failure;
  }

  private onboarding(means: ProfileMeans): Onboarding {
    const { onboardingHost: host = SETTINGS.onboardingHost.default } = this.#options;
    const { onboardingPort: port = SETTINGS.onboardingPort.default } = this.#options;
    const { timer, clock } = means;
    means.log("info", "onboarding", { host });
    return new Onboarding({ io: this.https(means, host, port), timer, clock, host });
  }

  /**
   * Whether this device, as it is set up, can use a token. Before anything is kept or asked for because of it.
   * @param iccid the SIM that it must be for; left out: any
   * @throws OnboardingError `onboarding-endpoint`, `onboarding-sim`, `onboarding-field` or `onboarding-token-key`
   */
  private check({ endpoint, clientId, username }: OneNceToken, iccid?: string): void {
    const { endpointPattern = SETTINGS.endpointPattern.default, transport } = this.#options;
    checkEndpoint(endpoint, endpointPattern);
    checkSim(clientId, iccid);
    checkCarried(username, transport);
  }

  /** A root is wanted that is to be had from its address. */
  private lacksRoot({ rootCa, rootCaUrl }: OneNceToken): boolean {
    const { missingRoot = SETTINGS.missingRoot.default } = this.#options;
    return rootCa === undefined && missingRoot !== "built-in" && rootCaUrl !== undefined;
  }

  /** The token with the root from its address, if it can be had. */
  private async withRoot(token: OneNceToken, means: ProfileMeans): Promise<OneNceToken> {
    const { rootUrlPattern = ROOT_URL_PATTERN } = this.#options;
    const { timer, clock, log } = means;
    try {
      const address = rootAddressOf(token.rootCaUrl!);
      checkRootHost(address.host, rootUrlPattern);
      log("info", "fetching-root", { host: address.host });
      const rootCa = await fetchRoot({ io: this.https(means, address.host, address.port), timer, clock, address });
      return { ...token, rootCa };
    } catch (error) {
      log("warn", "root-not-fetched", { code: asFailure(error).code, message: storyOf(error) });
      return token;
    }
  }

  /** No ALPN here: a server might choose HTTP/2 if it were offered. */
  private https(means: ProfileMeans, host: string, port: number) {
    const { roots = builtInRoots() } = this.#options;
    return connect({ host, port, tls: { serverName: host, requireAlpn: false, roots } }, means);
  }
}

function again(failure: Failure, message: string, advice: Advice): Failure {
  return new Failure(failure.code, message, advice, failure);
}
