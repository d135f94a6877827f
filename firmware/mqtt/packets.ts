// The 14 control packets of MQTT 3.1.1 as plain values (§2.2, §3), and their bounds. `type` is the number on the wire.

export const CONNECT = 1;
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREC = 5;
export const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBSCRIBE = 8;
export const SUBACK = 9;
export const UNSUBSCRIBE = 10;
export const UNSUBACK = 11;
export const PINGREQ = 12;
export const PINGRESP = 13;
export const DISCONNECT = 14;

/** Longest fixed header: type and flags, and four bytes of remaining length (§2.2.3). */
export const HEADER_MAX = 5;
/** Longest string or binary field: its length is two bytes (§1.5.3). */
export const FIELD_MAX = 65535;
/** Most filters of one SUBSCRIBE, and codes of one SUBACK. */
export const FILTERS_MAX = 64;

/**
 * Largest remaining length of a PUBLISH that is accepted: AWS's 128 KB payload with its topic. The standard's own end
 * is 268435455.
 */
export const PACKET_MAX = 132_096;
/** Longest receive buffer, and so longest part of a PUBLISH, in bytes. */
export const RECEIVE_BUFFER = 2048;

/** SUBACK return code of a filter that was refused (§3.9.3). */
export const SUBSCRIBE_FAILURE = 0x80;

/** How surely a message is delivered: at most once, at least once, exactly once. */
export type QoS = 0 | 1 | 2;

/** What the broker publishes when the connection is lost. */
export interface Will {
  topic: string;
  payload: Uint8Array;
  qos: QoS;
  retain: boolean;
}

/** CONNECT (MQTT 3.1.1 §3.1). */
export interface Connect {
  type: typeof CONNECT;
  clientId: string;
  cleanSession: boolean;
  /** Seconds, 0 (off) to 65535. */
  keepAlive: number;
  will?: Will | undefined;
  username?: string | undefined;
  /** Binary on the wire; a string is sent as UTF-8. */
  password?: Uint8Array | string | undefined;
}

export interface Connack {
  type: typeof CONNACK;
  sessionPresent: boolean;
  /** 0 accepted; anything else is a refusal, also the reserved codes (AWS sends 7). */
  returnCode: number;
}

export interface Publish {
  type: typeof PUBLISH;
  topic: string;
  payload: Uint8Array;
  qos: QoS;
  retain: boolean;
  dup: boolean;
  /** 1–65535; 0 with QoS 0. */
  id: number;
}

/** A received PUBLISH, or one part of a large one: `offset` and `length` place `payload` within the whole payload. */
export interface PublishPart extends Publish {
  offset: number;
  length: number;
}

/** Packets that carry a packet identifier and nothing else (§3.4–§3.7, §3.11). */
export interface Ack {
  type: typeof PUBACK | typeof PUBREC | typeof PUBREL | typeof PUBCOMP | typeof UNSUBACK;
  id: number;
}

export interface Filter {
  filter: string;
  qos: QoS;
}

export interface Subscribe {
  type: typeof SUBSCRIBE;
  id: number;
  filters: readonly Filter[];
}

export interface Suback {
  type: typeof SUBACK;
  id: number;
  /** One for each filter, in order: the granted QoS, or SUBSCRIBE_FAILURE. */
  returnCodes: readonly number[];
}

export interface Unsubscribe {
  type: typeof UNSUBSCRIBE;
  id: number;
  filters: readonly string[];
}

/** Packets without a body (§3.12–§3.14). */
export interface Bare {
  type: typeof PINGREQ | typeof PINGRESP | typeof DISCONNECT;
}

/** What a client sends. */
export type ClientPacket = Connect | Publish | Ack | Subscribe | Unsubscribe | Bare;
/** What a server sends. */
export type ServerPacket = Connack | Publish | Ack | Suback | Bare;

/** Fixed-header flags of every type but PUBLISH: 0010 for PUBREL, SUBSCRIBE, UNSUBSCRIBE, else 0 (§2.2.2, table 2.2). */
export const headerFlags = (type: number): number => ((0x540 >> type) & 1) << 1;
