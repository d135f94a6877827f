// How much of what one socket sent its peer has acknowledged: counted here, asked of the modem only near the limit.

import { MAX_TRANSFER_BYTES } from "./commands/socket.js";
import { SocketError } from "./socket-error.js";

/**
 * Most bytes that the peer has not acknowledged. At about 8760 (6 × 1460) AT+CASEND takes the bytes and then says ERROR, and
 * what became of them is not known; a segment of LTE (1360) less keeps clear of it. It is more than five transfers, since what
 * is acknowledged ends with segments, not with transfers.
 */
export const MAX_UNACKED_BYTES = 7400;
/**
 * Pause between two looks at the acknowledgements while the window is full, in milliseconds: an eighth of a round trip, since
 * five transfers share one; the first where no round trip is known yet.
 */
export const ACK_POLL_MS = 100;
const ACK_POLL_SHARE = 8;
const ACK_POLL_LEAST_MS = 20;
/** Longest round trip that counts. */
const LONGEST_MS = 4_000;
/** A peer that acknowledges nothing for so long has failed. */
const ACK_STALL_MS = 60_000;

/** Bytes of one socket on their way to its peer. */
export class AckWindow {
  #sent = 0;
  #acked = 0;
  /** No look at the acknowledgements before this time, in monotonic milliseconds. */
  askAt = 0;
  /** When the last acknowledgement was seen, or the first byte of a burst sent. */
  #progressAt = 0;
  /** From a transfer to the look that saw it acknowledged, in milliseconds; undefined: none was timed yet. */
  #roundTripMs: number | undefined;
  /** One transfer is timed at a time: how many bytes were sent with it, and when. */
  #timedEnd = 0;
  #timedAt = 0;

  /** True when `count` more bytes keep clear of the limit. */
  fits(count: number): boolean {
    return this.#sent - this.#acked + count <= MAX_UNACKED_BYTES;
  }

  /** The modem took `count` bytes. */
  took(count: number, now: number): void {
    if (this.#sent === this.#acked) this.#progressAt = now;
    this.#sent += count;
    if (this.#timedEnd > this.#acked) return;
    this.#timedEnd = this.#sent;
    this.#timedAt = now;
  }

  /**
   * What AT+CAACK told; undefined when its answer cannot be read.
   * @throws SocketError `socket-send` when nothing was acknowledged for ACK_STALL_MS
   */
  told(told: { sent: number; unacked: number } | undefined, now: number): void {
    // A count beyond our own would be another connection's.
    const acked = told ? Math.min(told.sent - told.unacked, this.#sent) : this.#acked;
    if (acked > this.#acked) {
      const took = now - this.#timedAt;
      // One that took longer was over before anybody looked.
      if (this.#acked < this.#timedEnd && acked >= this.#timedEnd && took <= LONGEST_MS) this.#roundTripMs = took;
      this.#acked = acked;
      this.#progressAt = now;
    } else if (now - this.#progressAt > ACK_STALL_MS) {
      throw new SocketError("socket-send", `nothing acknowledged for ${ACK_STALL_MS / 1000} s`, "back-off");
    }
    this.askAt = this.fits(MAX_TRANSFER_BYTES) ? now : now + this.pauseMs;
  }

  private get pauseMs(): number {
    if (this.#roundTripMs === undefined) return ACK_POLL_MS;
    return Math.max(ACK_POLL_LEAST_MS, this.#roundTripMs / ACK_POLL_SHARE);
  }
}
