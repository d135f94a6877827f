// The MQTT bridge of Google Cloud IoT Core, retired in 2023, and of ClearBlade IoT Core, which speaks the same dialect.
// A device publishes events and state, and subscribes to its configuration and its commands; there is nothing else.
// Sources: Google Cloud IoT "mqtt-bridge", "commands", "quotas"; ClearBlade IoT Core documentation.

import type { ServerAction, TlsDecision, TlsOffer } from "../../world/core.js";
import { Broker } from "../broker/broker.js";
import type { BrokerEvent } from "../broker/events.js";
import type { Gatekeeper } from "../broker/gatekeeper.js";
import { type BrokerProfile, PLAIN_PROFILE } from "../broker/profile.js";
import type { CloudFaults } from "../faults.js";
import type { Device, DeviceRegistry } from "./device-registry.js";
import { checkToken, type Flavour } from "./tokens.js";

export const MAX_EVENT_BYTES = 256 * 1024;
export const MAX_STATE_BYTES = 64 * 1024;
const MAX_CONFIG_BYTES = 64 * 1024;
const IDLE_MS = 20 * 60_000;

const IDENTIFIER_REJECTED = 2;
const BAD_USER_NAME_OR_PASSWORD = 4;
const NOT_AUTHORIZED = 5;
/** ClearBlade's own return code for everything that none of the standard's fits. */
const CLEARBLADE_OTHER = 13;

const GOOGLE_PROFILE: BrokerProfile = {
  ...PLAIN_PROFILE,
  name: "google",
  alpn: { names: [], required: false },
  maxPayloadBytes: MAX_EVENT_BYTES,
  maxQos: 1,
  deniedSubscribe: "close",
  retain: "ignore",
  will: "ignore",
  refusal: NOT_AUTHORIZED,
  idleMs: IDLE_MS,
  sessionLifeMs: 0,
  publishesPerSecond: 100,
};

const PROFILE: Readonly<Record<Flavour, BrokerProfile>> = {
  google: GOOGLE_PROFILE,
  clearblade: { ...GOOGLE_PROFILE, name: "clearblade", refusal: CLEARBLADE_OTHER, expiresOn: "packet" },
};

export interface GoogleBridgeOptions {
  registry: DeviceRegistry;
  flavour: Flavour;
  /** Host names by SNI. */
  names: readonly string[];
  /** A registry without a Pub/Sub topic: ClearBlade ends the connection of a device that publishes events. */
  withoutPubSub?: boolean | undefined;
  faults?: CloudFaults | undefined;
  onEvent?: ((event: BrokerEvent) => void) | undefined;
}

export class GoogleBridge extends Broker {
  readonly #registry: DeviceRegistry;

  constructor(options: GoogleBridgeOptions) {
    const { registry, flavour, names, withoutPubSub = false, faults, onEvent } = options;
    super({
      profile: PROFILE[flavour],
      names,
      gatekeeper: googleGatekeeper(registry, flavour, withoutPubSub),
      faults,
      onEvent: (event) => {
        noteState(event, registry);
        onEvent?.(event);
      },
    });
    this.#registry = registry;
  }

  /** Without SNI the client is shown a certificate that nobody trusts. */
  override clientHello(offer: TlsOffer): TlsDecision {
    return offer.sni === undefined ? { certificate: "broker wrong-ca" } : super.clientHello(offer);
  }

  /** Gives a device a new configuration, which is sent if the device has subscribed to it. @throws RangeError */
  configure(deviceId: string, data: Uint8Array, now: number): ServerAction[] {
    if (data.length > MAX_CONFIG_BYTES) throw new RangeError("a configuration that is too long");
    this.#registry.configure(deviceId, data);
    return this.publish(`/devices/${deviceId}/config`, data, 1, now);
  }

  /** Sends a command; nothing keeps it for a device that is not there. */
  command(deviceId: string, data: Uint8Array, now: number, subfolder?: string): ServerAction[] {
    const topic = `/devices/${deviceId}/commands${subfolder === undefined ? "" : `/${subfolder}`}`;
    return this.publish(topic, data, 1, now);
  }
}

/** The username is ignored; the password is the token, and its audience is the project. */
function googleGatekeeper(registry: DeviceRegistry, flavour: Flavour, withoutPubSub: boolean): Gatekeeper {
  const refuse = (denial: string, clearBladeCode: number) => ({
    admitted: false as const,
    denial,
    ...(flavour === "clearblade" && { returnCode: clearBladeCode }),
  });
  return ({ clientId, password }, _hello, now) => {
    const device = registry.find(clientId);
    if (device === undefined) return refuse("no such device", IDENTIFIER_REJECTED);
    if (password === undefined) return refuse("no password", BAD_USER_NAME_OR_PASSWORD);
    const token = Buffer.from(password).toString("latin1");
    const verdict = checkToken(token, device, flavour, { aud: registry.name.project }, now);
    if (!verdict.ok) return refuse(verdict.denial, CLEARBLADE_OTHER);
    return { admitted: true, endsAt: verdict.endsAt, ...rightsOf(device, withoutPubSub) };
  };
}

function rightsOf(device: Device, withoutPubSub: boolean) {
  const base = `/devices/${device.id}`;
  return {
    mayPublish: (topic: string, length: number): boolean => {
      if (topic === `${base}/state`) return length <= MAX_STATE_BYTES;
      return !withoutPubSub && (topic === `${base}/events` || topic.startsWith(`${base}/events/`));
    },
    maySubscribe: (filter: string): boolean => filter === `${base}/config` || filter === `${base}/commands/#`,
    greeting: (filter: string) => (filter === `${base}/config` ? [{ topic: filter, payload: device.config.data }] : []),
  };
}

/** The registry remembers the last state of each device. */
function noteState(event: BrokerEvent, registry: DeviceRegistry): void {
  if (event.type !== "publish") return;
  const [, id] = /^\/devices\/([^/]+)\/state$/.exec(event.topic) ?? [];
  const device = id === undefined ? undefined : registry.get(id);
  if (device !== undefined) device.state = event.payload;
}
