// What one broker does otherwise than another, as data. Sources: AWS IoT Core quotas and the developer guide's "mqtt" and
// "protocols" pages; MQTT 3.1.1.

/** What happens to a client that asks for what it may not have. */
export type Denied = "close" | "suback";

/** Rules and limits of a broker. Times in milliseconds unless the name says otherwise. */
export interface BrokerProfile {
  name: string;
  /** Protocols selected by ALPN; required: a client must offer one. Otherwise what it offers besides is ignored. */
  alpn: { names: readonly string[]; required: boolean };
  /** The client must name one of the broker's own host names in SNI. */
  sniRequired: boolean;
  maxClientIdBytes: number;
  maxPayloadBytes: number;
  maxTopicBytes: number;
  maxSlashes: number;
  maxFiltersPerRequest: number;
  maxSubscriptions: number;
  /** Highest QoS that is granted, and that a PUBLISH may have. */
  maxQos: 1 | 2;
  /** A SUBSCRIBE that asks for more ends the connection, or is granted the highest. */
  higherQos: "close" | "lower";
  /** A PUBLISH with RETAIN: end the connection, keep the message, or take no notice of the flag. */
  retain: "close" | "keep" | "ignore";
  will: "close" | "keep" | "ignore";
  /** `a/#` matches `a` (MQTT 3.1.1 §4.7.1.2). */
  hashMatchesParent: boolean;
  deniedSubscribe: Denied;
  /** CONNACK return code for a client that is not authorized, or no CONNACK at all. */
  refusal: number | "close";
  /** Credentials that have expired end the connection by themselves, or only when the next packet comes. */
  expiresOn: "time" | "packet";
  /** CONNACK comes this long after CONNECT; what the client sends before it ends the connection. 0: at once. */
  connackAfterMs: number;
  /** A connection without a CONNECT is closed after this. */
  connectWithinMs: number;
  /** Least time between two CONNECTs of one client id; 0: no limit. */
  connectEveryMs: number;
  /** Effective keep-alive: below `least` it is `least`; 0 or above `most` it is `most`. Undefined: as asked for. */
  keepAlive: { leastSeconds: number; mostSeconds: number } | undefined;
  /** Without any packet from the client for this long the connection is closed, whatever the keep-alive. */
  idleMs: number | undefined;
  /** Life of a session after its connection; 0: CleanSession=0 is treated as 1. */
  sessionLifeMs: number;
  /** Unacknowledged messages towards a client; more wait in the session. */
  maxInflight: number;
  /** Messages waiting in a session; the oldest are dropped for more. */
  maxQueued: number;
  /** Messages a second that are sent of those that waited for a client's return. */
  resumePerSecond: number;
  /** An unacknowledged message is sent again after this, on the same connection. */
  retryAfterMs: number;
  /** Accepted PUBLISH packets a second from one connection; those above are dropped without an acknowledgement. */
  publishesPerSecond: number;
}

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const UNLIMITED = Number.POSITIVE_INFINITY;

/** A plain MQTT 3.1.1 broker, as lenient as the standard lets it be, with bounds against abuse only. */
export const PLAIN_PROFILE: BrokerProfile = {
  name: "plain",
  alpn: { names: ["mqtt"], required: false },
  sniRequired: false,
  maxClientIdBytes: 65_535,
  maxPayloadBytes: 256 * 1024,
  maxTopicBytes: 65_535,
  maxSlashes: UNLIMITED,
  maxFiltersPerRequest: 100,
  maxSubscriptions: 1000,
  maxQos: 2,
  higherQos: "lower",
  retain: "keep",
  will: "keep",
  hashMatchesParent: true,
  deniedSubscribe: "suback",
  refusal: 5,
  expiresOn: "time",
  connackAfterMs: 0,
  connectWithinMs: 10 * SECOND,
  connectEveryMs: 0,
  keepAlive: undefined,
  idleMs: undefined,
  sessionLifeMs: 24 * HOUR,
  maxInflight: 20,
  maxQueued: 1000,
  resumePerSecond: UNLIMITED,
  retryAfterMs: 20 * SECOND,
  publishesPerSecond: UNLIMITED,
};

/** AWS IoT Core with a custom authorizer, port 443. */
export const AWS_PROFILE: BrokerProfile = {
  ...PLAIN_PROFILE,
  name: "aws",
  alpn: { names: ["mqtt"], required: true },
  sniRequired: true,
  maxClientIdBytes: 128,
  maxPayloadBytes: 128 * 1024,
  maxTopicBytes: 256,
  maxSlashes: 7,
  maxFiltersPerRequest: 8,
  maxSubscriptions: 50,
  maxQos: 1,
  higherQos: "close",
  retain: "close",
  hashMatchesParent: false,
  deniedSubscribe: "close",
  connackAfterMs: 60,
  connectEveryMs: SECOND,
  keepAlive: { leastSeconds: 30, mostSeconds: 1200 },
  sessionLifeMs: HOUR,
  maxInflight: 100,
  resumePerSecond: 10,
  publishesPerSecond: 100,
};
