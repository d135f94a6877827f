// What we receive: handed on, then acknowledged (MQTT 3.1.1 §4.3, §4.6).
// A QoS 2 message is handed on when it first comes; its id is kept until PUBREL, so that a repeat is only answered. One whose
// id there is no room to keep is neither handed on nor answered: the connection ends (§4.8), and the broker, which has not
// seen a PUBREC, sends it again in the session, behind the PUBRELs that make room.

import { MqttError } from "./error.js";
import type { SessionEvents } from "./options.js";
import { PUBACK, PUBCOMP, PUBREC, type PublishPart } from "./packets.js";
import type { SendBuffer } from "./send-buffer.js";
import type { SessionState } from "./state.js";

/** QoS 2 messages received and not yet released. */
export const RECEIVED_MAX = 64;

export class Inbound {
  readonly #state: SessionState;
  readonly #buffer: SendBuffer;
  readonly #owner: Pick<SessionEvents, "onMessage">;

  constructor(state: SessionState, buffer: SendBuffer, owner: Pick<SessionEvents, "onMessage">) {
    this.#state = state;
    this.#buffer = buffer;
    this.#owner = owner;
  }

  /** A message or a part of one. It is acknowledged once the handler has returned for the last part. */
  publish(part: PublishPart): void {
    const { received } = this.#state;
    const { id, qos } = part;
    if (qos < 2 || !received.has(id)) {
      if (qos === 2 && received.size >= RECEIVED_MAX) {
        throw new MqttError("mqtt-too-large", "too many unreleased QoS 2 messages");
      }
      this.#owner.onMessage?.(part);
    }
    if (qos === 0 || part.offset + part.payload.length < part.length) return;
    if (qos === 2) received.add(id);
    this.answer(qos === 1 ? PUBACK : PUBREC, id);
  }

  /** PUBREL: always answered, also for an id that is not known [MQTT-4.3.3-2]. */
  release(id: number): void {
    this.#state.received.delete(id);
    this.answer(PUBCOMP, id);
  }

  private answer(type: typeof PUBACK | typeof PUBREC | typeof PUBCOMP, id: number): void {
    if (!this.#buffer.send({ type, id }, 0)) throw new MqttError("mqtt-too-large", "more received than `inputRoom`");
  }
}
