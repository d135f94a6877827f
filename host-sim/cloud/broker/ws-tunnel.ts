// MQTT in WebSocket frames, between an upgraded connection and a broker (MQTT 3.1.1 §6): binary frames, whose bounds
// mean nothing.

import type { ServerAction } from "../../world/core.js";
import type { Broker } from "./broker.js";
import { CLOSE, OPCODE, WsReader, WsViolation, wsClose, wsFrame } from "./ws-frames.js";

/** Longest payload of a frame: the largest PUBLISH and its head. */
const MAX_FRAME_BYTES = 160 * 1024;

/** Turns one client's frames into bytes for the broker. What the broker sends back is put into frames by `frame`. */
export class WebSocketTunnel {
  readonly #connection: number;
  readonly #broker: Broker;
  readonly #frame: (actions: ServerAction[]) => ServerAction[];
  readonly #reader = new WsReader(MAX_FRAME_BYTES);
  #done = false;

  /** @param frame `framed` for all WebSocket connections of the broker */
  constructor(connection: number, broker: Broker, frame: (actions: ServerAction[]) => ServerAction[]) {
    this.#connection = connection;
    this.#broker = broker;
    this.#frame = frame;
  }

  receive(bytes: Uint8Array, now: number): ServerAction[] {
    const actions: ServerAction[] = [];
    this.#reader.push(bytes);
    try {
      for (let frame = this.#reader.next(); frame !== undefined && !this.#done; frame = this.#reader.next()) {
        actions.push(...this.#take(frame.opcode, frame.payload, now));
      }
    } catch (error) {
      if (!(error instanceof WsViolation)) throw error;
      actions.push(...this.#end(error.code, now));
    }
    return actions;
  }

  #take(opcode: number, payload: Uint8Array, now: number): ServerAction[] {
    const connection = this.#connection;
    switch (opcode) {
      case OPCODE.binary:
      case OPCODE.continuation:
        return this.#frame(this.#broker.receive(connection, payload, now));
      case OPCODE.ping:
        return [{ do: "send", connection, bytes: wsFrame(OPCODE.pong, payload) }];
      case OPCODE.pong:
        return [];
      case OPCODE.close:
        return this.#end(CLOSE.normal, now);
      default:
        return this.#end(CLOSE.unsupported, now);
    }
  }

  /** Closes with a code, and tells the broker that its client is gone. */
  #end(code: number, now: number): ServerAction[] {
    this.#done = true;
    const connection = this.#connection;
    return [
      ...this.#frame(this.#broker.closed(connection, now)),
      { do: "send", connection, bytes: wsClose(code) },
      { do: "close", connection },
    ];
  }
}

/**
 * A broker's actions, those for WebSocket connections in frames: a binary frame for each packet, a close frame before
 * a close.
 */
export function framed(actions: readonly ServerAction[], isWebSocket: (connection: number) => boolean): ServerAction[] {
  return actions.flatMap((action): ServerAction[] => {
    const { connection } = action;
    if (!isWebSocket(connection)) return [action];
    if (action.do === "send") return [{ ...action, bytes: wsFrame(OPCODE.binary, action.bytes) }];
    return [{ do: "send", connection, bytes: wsClose(CLOSE.normal) }, action];
  });
}
