// What a session is told, and what it tells.

import type { Failure } from "../platform/failure.js";
import type { BatchRule } from "./batch.js";
import type { Journal } from "./journal.js";
import type { MqttLimits } from "./limits.js";
import type { OutboundEvents } from "./outbound.js";
import type { Connack, Connect, Filter, PublishPart } from "./packets.js";
import type { SessionState } from "./state.js";

/**
 * Where a connection is: `opening` until the stream is there, `waiting` until the limits allow the next CONNECT,
 * `connecting` until CONNACK, `open`, `draining` until all is acknowledged, `ending` until the broker closes, `closed`.
 */
export type SessionPhase = "opening" | "waiting" | "connecting" | "open" | "draining" | "ending" | "closed";

/** How long each wait may last, in milliseconds. */
export interface Timeouts {
  /** For the stream: TCP and TLS over a slow modem. */
  open: number;
  connack: number;
  pingresp: number;
  /** For an acknowledgement, before the packet is sent again on the live connection. */
  resend: number;
  /** For acknowledgements after `disconnect`. */
  drain: number;
  /** For the broker to close after DISCONNECT. */
  linger: number;
}

/** QoS 1 and 2 messages in flight unless asked otherwise: enough for a slow link, little to repeat after a loss. */
export const IN_FLIGHT = 16;

export const TIMEOUTS: Timeouts = {
  open: 150_000,
  connack: 30_000,
  pingresp: 30_000,
  resend: 30_000,
  drain: 20_000,
  linger: 2_000,
};

/** Called from inside `push`, `poll` and `fail`; `onRejected` from `kick` too. */
export interface SessionEvents extends OutboundEvents {
  onConnected?: ((connack: Connack) => void) | undefined;
  /** A message, or part of one larger than the receive buffer. Its payload is a view: copy what is to be kept. */
  onMessage?: ((message: PublishPart) => void) | undefined;
  /**
   * Once, at the end. `failure` is undefined after `disconnect`. `connectedForMs`: time since CONNACK, 0 without one; a
   * short one may mean that the broker did not like the credentials and did not say so.
   */
  onClosed?: ((failure: Failure | undefined, connectedForMs: number) => void) | undefined;
}

export interface SessionOptions extends SessionEvents {
  connect: Omit<Connect, "type">;
  journal: Journal;
  /** The state of the connection before, for a session that goes on; a new one if left out. */
  state?: SessionState | undefined;
  limits?: MqttLimits | undefined;
  timeouts?: Partial<Timeouts> | undefined;
  /** QoS 1 and 2 messages sent and not acknowledged, 1 to what the limits allow; IN_FLIGHT if left out. */
  inFlight?: number | undefined;
  /** Which records travel together; left out: each by itself. */
  batch?: BatchRule | undefined;
  /** Filters wanted on every connection; sent unless the broker's session has them already. */
  subscriptions?: readonly Filter[] | undefined;
  /** Bytes, 512 or more; bounds the largest packet that can be sent. */
  sendBuffer?: number | undefined;
  /** Bytes, 128 or more; a larger PUBLISH comes in parts of this length. */
  receiveBuffer?: number | undefined;
}

/** How a message is published. */
export interface PublishOptions {
  /** 1 if left out. */
  qos?: 0 | 1 | 2 | undefined;
  retain?: boolean | undefined;
}
