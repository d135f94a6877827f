// What a simulated broker tells whoever watches it. Nothing in here is a secret: no username, no password, no token.

import type { QoS } from "./session.js";

/** Why a connection ended, in the words of AWS's life-cycle events ("disconnectReason"). */
export type CloseReason =
  | "AUTH_ERROR"
  | "CLIENT_ERROR"
  | "CLIENT_INITIATED_DISCONNECT"
  | "CONNECTION_LOST"
  | "CUSTOMAUTH_TTL_EXPIRATION"
  | "DUPLICATE_CLIENTID"
  | "FORBIDDEN_ACCESS"
  | "MQTT_KEEP_ALIVE_TIMEOUT"
  | "SERVER_INITIATED_DISCONNECT"
  | "THROTTLED";

interface Common {
  /** Milliseconds since 1970. */
  at: number;
  connection: number;
  /** Undefined before a CONNECT was understood. */
  clientId: string | undefined;
}

export interface ConnectEvent extends Common {
  type: "connect";
  /** Of the CONNACK; "close": the connection ends without one. */
  returnCode: number | "close";
  sessionPresent: boolean;
  cleanSession: boolean;
  /** As the client asked, in seconds. */
  keepAlive: number;
  /** Why it was refused. */
  denial?: string;
  /** Until when the credentials let it in, milliseconds since 1970. */
  endsAt?: number;
}

export interface PublishEvent extends Common {
  type: "publish";
  topic: string;
  payload: Uint8Array;
  qos: QoS;
  dup: boolean;
  /** Undefined with QoS 0. */
  packetId: number | undefined;
  /** The client was told that it was taken: by PUBACK, PUBREC, or an HTTP answer. */
  acknowledged: boolean;
}

export interface SubscribeEvent extends Common {
  type: "subscribe";
  filters: { filter: string; qos: number /** SUBACK return code. */; granted: number }[];
}

export interface UnsubscribeEvent extends Common {
  type: "unsubscribe";
  filters: string[];
}

/** A client acknowledged a message that was sent to it. */
export interface DeliveredEvent extends Common {
  type: "delivered";
  topic: string;
  packetId: number;
}

export interface CloseEvent extends Common {
  type: "close";
  reason: CloseReason;
  detail: string;
}

export type BrokerEvent = ConnectEvent | PublishEvent | SubscribeEvent | UnsubscribeEvent | DeliveredEvent | CloseEvent;

/** Totals since the broker was made. */
export interface BrokerCounters {
  connects: number;
  refused: number;
  /** PUBLISH packets taken from clients, repeats included. */
  publishes: number;
  /** Of these, with DUP set. */
  repeats: number;
  /** PUBLISH packets dropped for a rate limit. */
  throttled: number;
  /** PUBLISH packets sent to clients, repeats included. */
  sent: number;
  /** Messages a client acknowledged. */
  delivered: number;
  /** Messages dropped because a session's queue was full. */
  dropped: number;
  closes: Partial<Record<CloseReason, number>>;
}

export function newCounters(): BrokerCounters {
  return {
    connects: 0,
    refused: 0,
    publishes: 0,
    repeats: 0,
    throttled: 0,
    sent: 0,
    delivered: 0,
    dropped: 0,
    closes: {},
  };
}
