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
  | "mqtt-closed"; // the connection ended under us

const ADVICE: Record<MqttCode, Advice> = {
  "mqtt-malformed": "back-off",
  "mqtt-protocol": "back-off",
  "mqtt-too-large": "back-off",
  "mqtt-usage": "give-up",
  "mqtt-offline": "retry",
  "mqtt-busy": "retry",
  "mqtt-refused": "back-off",
  "mqtt-timeout": "retry",
  "mqtt-closed": "back-off",
};

/** A failure of the MQTT layer. `returnCode` is that of the CONNACK, for `mqtt-refused` only. */
export class MqttError extends Failure {
  declare readonly code: MqttCode;
  readonly returnCode: number | undefined;

  constructor(code: MqttCode, message: string, cause?: unknown, advice: Advice = ADVICE[code], returnCode?: number) {
    super(code, message, advice, cause);
    this.returnCode = returnCode;
  }
}

/** The peer's bytes break the standard; `what` names the rule. */
export const malformed = (what: string) => new MqttError("mqtt-malformed", `malformed packet: ${what}`);

/** @throws MqttError `mqtt-usage` unless `allowed`; `rule` says what is allowed */
export function demand(allowed: boolean, rule: string): asserts allowed {
  if (!allowed) throw new MqttError("mqtt-usage", rule);
}
