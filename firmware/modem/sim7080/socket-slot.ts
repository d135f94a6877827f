// Where one of the modem's connection ids stands, and when the modem is asked about it although it has told nothing: the lines
// that it prints by itself get lost (+CADATAIND, +CASTATE, +CAOPEN). Rule: what is silent for good is not asked for ever.

import type { TimerId } from "../../platform/clock.js";
import { AckWindow } from "./ack-window.js";
import type { Connection } from "./connection.js";

/** So long after the last byte either way the modem is asked for bytes, and then after twice as long each time. */
const ASK_AFTER_MS = 2000;
/** The longest pause before it is asked; then no more, until bytes move again: a minute after the last one. */
const ASK_LAST_MS = 32_000;
/**
 * How often it is asked while a connection opens: a modem that has died meanwhile is noticed within this and the time that
 * AT+CASTATE? may take, together less than 10 s.
 */
export const ASK_OPENING_MS = 4000;

/** `idle` ids have no slot. */
export type SlotState =
  | "new" // AT+CAOPEN not sent yet
  | "connecting" // sent, the result comes as URC
  | "open"
  | "drained" // the peer closed and nothing is left in the modem
  | "closing"; // only AT+CACLOSE is left to do

/** One id in use. */
export class Slot {
  readonly cid: number;
  readonly connection: Connection;
  state: SlotState = "new";
  /** The modem may hold received bytes. */
  unread = false;
  /** Why it has ended, once it has: told to the owner when the modem is empty. */
  reason: Error | undefined = undefined;
  readonly window = new AckWindow();
  /** The last transfer was a reception: sending goes first now. */
  lastReceived = false;
  /** The id was released and opened anew once. */
  retried = false;
  /** Of the exchange under way: its OK comes before the result, how many bytes it sends, whether the modem has told of bytes. */
  answersFirst = false;
  sending = 0;
  wasTold = false;
  timer: TimerId = undefined;
  /** When the modem is asked, in monotonic milliseconds; never while nothing is awaited. */
  askAt = Number.POSITIVE_INFINITY;
  #pauseMs = ASK_AFTER_MS;

  constructor(cid: number, connection: Connection) {
    this.cid = cid;
    this.connection = connection;
  }

  /** Bytes were sent: an answer may come. What was sent before is not waited for any longer for that. */
  sent(now: number): void {
    this.#pauseMs = ASK_AFTER_MS;
    this.askAt = Math.min(this.askAt, now + ASK_AFTER_MS);
  }

  /** Bytes have come: more may follow. */
  received(now: number): void {
    this.#pauseMs = ASK_AFTER_MS;
    this.askAt = now + ASK_AFTER_MS;
  }

  /** When there is something to do where there is nothing to do now, in monotonic milliseconds. */
  dueAt(now: number): number {
    const { state, connection, window } = this;
    if (state === "connecting") return this.askAt;
    if (state !== "open") return Number.POSITIVE_INFINITY;
    const at = connection.owned && connection.hasRoomToReceive ? this.askAt : Number.POSITIVE_INFINITY;
    return window.askAt > now && connection.pending(1) ? Math.min(at, window.askAt) : at;
  }

  /** The modem was asked, and has none. */
  silent(now: number): void {
    this.#pauseMs *= 2;
    this.askAt = this.#pauseMs > ASK_LAST_MS ? Number.POSITIVE_INFINITY : now + this.#pauseMs;
  }
}
