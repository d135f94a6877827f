// Why MQTT failed, with what to do about it. Messages never hold a username, a password or a payload.

import { type Advice, Failure } from "../platform/failure.js";

export type MqttCode =
  | "mqtt-malformed" // the peer sent bytes that are no MQTT 3.1.1 packet
  | "mqtt-protocol" // the peer sent a packet that is not allowed now
  | "mqtt-too-large" // something passed a named limit
  | "mqtt-usage" // the caller asked for what the standard or the broker's limits forbid
  | "mqtt-offline" // the connection is not open
  | "mqtt-busy" // no room in the send buffer now
  | "mqtt-refused" // CONNACK with a return code other than 0
  | "mqtt-timeout" // an answer is overdue
  | "mqtt-regroup" // records that were sent as one message are no longer all there
  | "mqtt-spent" // all packet ids of the session were given, and some may wait for ever
  | "mqtt-expired" // the connection has reached the age that the limits allow
  | "mqtt-closed"; // the connection ended under us

/** A failure of the MQTT layer; where no advice is given, time may mend it. */
export class MqttError extends Failure {
  declare readonly code: MqttCode;

  constructor(code: MqttCode, message: string, advice: Advice = "back-off", cause?: unknown) {
    super(code, message, advice, cause);
  }
}

/** The peer's packet of this type breaks the standard: the stream is lost, and the connection must be closed [MQTT-4.8.0-1]. */
export const malformed = (type: number) => new MqttError("mqtt-malformed", `malformed packet ${type}`);

/** The peer's packet passes a named limit: PACKET_MAX, or the receive buffer for what comes in one piece. */
export const tooLarge = () => new MqttError("mqtt-too-large", "packet too long");

/** What a refusal asks for (§3.2.2.3); 7 is AWS IoT Core's "not authorized". All other codes: back off. */
const REFUSAL_ADVICE: Readonly<Record<number, Advice>> = {
  1: "give-up",
  2: "new-credentials",
  4: "new-credentials",
  5: "new-credentials",
  7: "new-credentials",
};

/** `mqtt-refused`: the broker's CONNACK says no. */
export class RefusedError extends MqttError {
  /** 1–255. */
  readonly returnCode: number;

  constructor(returnCode: number) {
    super("mqtt-refused", `CONNACK with return code ${returnCode}`, REFUSAL_ADVICE[returnCode] ?? "back-off");
    this.returnCode = returnCode;
  }
}

/** @throws MqttError `mqtt-usage` unless `allowed`; `rule` says what is allowed */
export function demand(allowed: boolean, rule: string): asserts allowed {
  if (!allowed) throw new MqttError("mqtt-usage", rule, "give-up");
}
