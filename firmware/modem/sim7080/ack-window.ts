// How much of what one socket sent its peer has acknowledged: counted here, asked of the modem only near the limit.

import { MAX_TRANSFER_BYTES } from "./commands/socket.js";
import { SocketError } from "./socket-error.js";

/**
 * Most bytes that the peer has not acknowledged. At about 8760 (6 × 1460) AT+CASEND takes the bytes and then says ERROR, and
 * what became of them is not known; one transfer less keeps clear of it.
 */
export const MAX_UNACKED_BYTES = 7300;
/** Pause between two looks at the acknowledgements while the peer is slow. */
export const ACK_POLL_MS = 100;
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

  /** True when `count` more bytes keep clear of the limit. */
  fits(count: number): boolean {
    return this.#sent - this.#acked + count <= MAX_UNACKED_BYTES;
  }

  /** The modem took `count` bytes. */
  took(count: number, now: number): void {
    if (this.#sent === this.#acked) this.#progressAt = now;
    this.#sent += count;
  }

  /**
   * What AT+CAACK told; undefined when its answer cannot be read.
   * @throws SocketError `socket-send` when nothing was acknowledged for ACK_STALL_MS
   */
  told(told: { sent: number; unacked: number } | undefined, now: number): void {
    // A count beyond our own would be another connection's.
    const acked = told ? Math.min(told.sent - told.unacked, this.#sent) : this.#acked;
    if (acked > this.#acked) {
      this.#acked = acked;
      this.#progressAt = now;
    } else if (now - this.#progressAt > ACK_STALL_MS) {
      throw new SocketError("socket-send", `nothing acknowledged for ${ACK_STALL_MS / 1000} s`, "back-off");
    }
    this.askAt = this.fits(MAX_TRANSFER_BYTES) ? now : now + ACK_POLL_MS;
  }
}
