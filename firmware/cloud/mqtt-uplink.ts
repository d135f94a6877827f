// The MQTT uplink: one client per connection, telemetry from the journal with QoS 1, subscriptions for commands and, where
// the cloud has them, for the device's configuration and for updates.

import { MqttClient } from "../mqtt/client.js";
import { MqttError } from "../mqtt/error.js";
import { RamJournal } from "../mqtt/journal.js";
import type { MqttLimits } from "../mqtt/limits.js";
import type { SessionEvents } from "../mqtt/options.js";
import type { Grant } from "../mqtt/outbound.js";
import type { PublishPart } from "../mqtt/packets.js";
import { SessionState, type SessionStore } from "../mqtt/state.js";
import { matches } from "../mqtt/topics.js";
import { Failure } from "../platform/failure.js";
import type { KeyValue } from "../platform/storage.js";
import type { Uplink, UplinkFactory, UplinkParts } from "./uplink.js";

/**
 * A broker that does not like the credentials may just close (AWS IoT Core does). A close this soon after the CONNECT or
 * CONNACK, in milliseconds, therefore counts as "maybe expired".
 */
const MAYBE_EXPIRED_MS = 10_000;
/** A message that comes in parts is larger than any we take; only its first part is looked at. */
const FIRST_PART = 0;

export interface MqttUplinkSettings {
  /** What the broker allows. */
  limits: MqttLimits;
  /** Seconds. */
  keepAliveS: number;
  /**
   * Where a persistent session (CleanSession 0) is kept over restarts, but for what is under way, which the journal notes
   * where it can. Left out, or with a journal in RAM, whose numbers mean other records after a restart: the session is clean.
   */
  keyValue?: KeyValue | undefined;
}

/** Key of the session's state. */
const SESSION_KEY = "mqtt.session";

/** Makes MQTT uplinks with these settings, all with the journal of the first. */
export function mqttUplink(settings: MqttUplinkSettings): UplinkFactory {
  // One state for all connections: it knows what is in flight, and when the last CONNECT was.
  let kept: { state: SessionState; cleanSession: boolean } | undefined;
  return (parts) => {
    const keyValue = parts.journal instanceof RamJournal ? undefined : settings.keyValue;
    kept ??= {
      state: lifeOf(new SessionState(keyValue && storeIn(keyValue), parts.journal)),
      cleanSession: keyValue === undefined,
    };
    return new MqttUplink(parts, settings, kept.state, kept.cleanSession);
  };
}

/**
 * The life before may have sent a CONNECT just before its end, and a broker that takes one a second refuses the next as it
 * refuses a token. The monotonic clock begins at 0 with each start.
 */
function lifeOf(state: SessionState): SessionState {
  state.connectSentAt = 0;
  return state;
}

const storeIn = (keyValue: KeyValue): SessionStore => ({
  load: () => keyValue.read(SESSION_KEY),
  save: (bytes) => keyValue.write(SESSION_KEY, bytes),
});

class MqttUplink implements Uplink {
  readonly hears = true;
  readonly #parts: UplinkParts;
  readonly #settings: MqttUplinkSettings;
  readonly #state: SessionState;
  readonly #cleanSession: boolean;
  #client: MqttClient | undefined;
  #opened: { resolve: () => void; reject: (failure: Failure) => void } | undefined;
  #drained: (() => void) | undefined;
  /** A record was acknowledged on this connection: the credentials are good. */
  #proven = false;

  constructor(parts: UplinkParts, settings: MqttUplinkSettings, state: SessionState, cleanSession: boolean) {
    this.#parts = parts;
    this.#settings = settings;
    this.#state = state;
    this.#cleanSession = cleanSession;
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#opened = { resolve, reject };
      this.connect();
    });
  }

  private connect(): void {
    const { stream, plan, topics, journal, batch, clock, timer } = this.#parts;
    const { clientId, username, password } = plan.credentials;
    const { limits, keepAliveS } = this.#settings;
    const filters = [topics.commands, topics.config, topics.update].filter((filter) => filter !== undefined);
    this.#client = new MqttClient({
      io: stream,
      clock,
      timer,
      journal,
      batch,
      connect: { clientId, username, password, keepAlive: keepAliveS, cleanSession: this.#cleanSession },
      state: this.#state,
      limits,
      subscriptions: filters.map((filter) => ({ filter, qos: 1 })),
      target: this,
      ...EVENTS,
    });
  }

  /** A session that went on has its subscriptions, so that no SUBACK will come. */
  connected(): void {
    const { commands, config, update } = this.#parts.topics;
    const has = (filter: string | undefined) => filter === undefined || this.#state.granted.has(filter);
    if (has(commands) && has(config) && has(update)) this.subscribed(true);
  }

  delivered(sequence: number): void {
    this.#proven = true;
    this.#parts.events.onDelivered(sequence);
  }

  rejected(sequence: number, failure: Failure): void {
    this.#parts.events.onRejected(sequence, failure);
  }

  /** In a turn of its own: who records is deep already, the journal goes deeper, and the deepest call is memory for good. */
  kick(): void {
    Promise.resolve().then(() => this.#client?.kick());
  }

  finish(): Promise<void> {
    const client = this.#client;
    if (!client || client.state === "closed") return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
      client.disconnect();
    });
  }

  close(): void {
    this.#client?.close();
    this.#drained?.();
  }

  message({ topic, payload, offset, retain }: PublishPart): unknown {
    if (offset !== FIRST_PART) return undefined;
    // A session that went on may have subscriptions that another firmware asked for.
    const { commands, config, update } = this.#parts.topics;
    const isOurs = topic === config || topic === update || matches(commands, topic);
    return isOurs ? this.#parts.events.onMessage(topic, payload, retain) : undefined;
  }

  /** A device that hears of no updates works all the same. */
  granted(grants: readonly Grant[]): void {
    const { update } = this.#parts.topics;
    this.subscribed(grants.every(({ filter, granted }) => granted !== undefined || filter === update));
  }

  private subscribed(granted: boolean): void {
    const opened = this.#opened;
    this.#opened = undefined;
    if (granted) {
      opened?.resolve();
      return;
    }
    this.#client?.close();
    opened?.reject(new MqttError("mqtt-refused", "the broker refused a subscription"));
  }

  closed(failure: Failure | undefined, connectedForMs: number): void {
    const { events } = this.#parts;
    const drained = this.#drained;
    const opened = this.#opened;
    this.#opened = undefined;
    const plain = failure ?? new MqttError("mqtt-closed", "the connection was closed");
    const reason = this.#proven ? plain : suspect(plain, connectedForMs);
    if (drained) drained();
    else if (opened) opened.reject(reason);
    else events.onClosed(reason);
  }
}

/** What the client calls: in flash, and told by `target` whose it is. */
const EVENTS = {
  onConnected(this: SessionEvents) {
    (this.target as MqttUplink).connected();
  },
  onMessage(this: SessionEvents, message: PublishPart) {
    return (this.target as MqttUplink).message(message);
  },
  onSubscribed(this: SessionEvents, grants: readonly Grant[]) {
    (this.target as MqttUplink).granted(grants);
  },
  onDelivered(this: SessionEvents, sequence: number) {
    (this.target as MqttUplink).delivered(sequence);
  },
  onRejected(this: SessionEvents, sequence: number, failure: Failure) {
    (this.target as MqttUplink).rejected(sequence, failure);
  },
  onClosed(this: SessionEvents, failure: Failure | undefined, connectedForMs: number) {
    (this.target as MqttUplink).closed(failure, connectedForMs);
  },
};

/** A bare close that came too soon to be chance asks for new credentials. */
function suspect(failure: Failure, connectedForMs: number): Failure {
  if (failure.code !== "mqtt-closed" || connectedForMs > MAYBE_EXPIRED_MS) return failure;
  return new Failure(
    failure.code,
    `${failure.message}: the broker may have refused the credentials`,
    "new-credentials",
    failure,
  );
}
