// The first block of a PEM text (RFC 7468) to DER as the text arrives: only the DER is held.
// Lax about line ends, line lengths and text before the block; strict about all else; what follows the block is ignored.

import { base64Value } from "./base64.js";
import { Collector } from "./collector.js";

const BEGIN = "-----BEGIN ";
const DASHES = "-----";
/** Most characters in a label (`CERTIFICATE` has 11). */
const LABEL_LIMIT = 40;

const DASH = 0x2d;
const EQUALS = 0x3d;

type State = "seek" | "label" | "dashes" | "body" | "end" | "done";

/** Takes PEM text in pieces of any size and gives the DER of its first block. */
export class PemReader {
  #state: State = "seek";
  #label = "";
  /** How much of BEGIN, of the dashes or of the END line has been matched. */
  #matched = 0;
  #endLine = "";
  #word = 0;
  #bits = 0;
  #padding = 0;
  /** Base64 characters so far, padding included. */
  #characters = 0;
  readonly #octet = new Uint8Array(1);
  readonly #der: Collector;

  /** @param limit the most bytes of DER */
  constructor(limit: number) {
    this.#der = new Collector(limit);
  }

  /** What stands behind BEGIN, e.g. `CERTIFICATE`; empty before it was read. */
  get label(): string {
    return this.#label;
  }

  /** @throws RangeError when the text is not PEM, or the DER passes the limit */
  push(text: Uint8Array): void {
    for (let i = 0; i < text.length && this.#state !== "done"; i++) this.take(text[i]!);
  }

  /**
   * The end of the text.
   * @returns the DER
   * @throws RangeError when there was no whole block
   */
  end(): Uint8Array {
    if (this.#state !== "done") throw new RangeError("PEM: no whole block with BEGIN and END");
    return this.#der.bytes.slice();
  }

  private take(code: number): void {
    switch (this.#state) {
      case "seek":
        this.seek(code);
        break;
      case "label":
        this.readLabel(code);
        break;
      case "dashes":
        if (code !== DASH) throw new RangeError("PEM: malformed BEGIN line");
        if (++this.#matched === DASHES.length) this.#state = "body";
        break;
      case "body":
        this.decode(code);
        break;
      case "end":
        if (code !== this.#endLine.charCodeAt(this.#matched)) throw new RangeError("PEM: END does not match BEGIN");
        if (++this.#matched === this.#endLine.length) this.#state = "done";
    }
  }

  private seek(code: number): void {
    if (code === BEGIN.charCodeAt(this.#matched)) this.#matched++;
    else if (code !== DASH) this.#matched = 0;
    else if (this.#matched !== DASHES.length) this.#matched = 1; // a sixth dash leaves five matched
    if (this.#matched === BEGIN.length) this.#state = "label";
  }

  private readLabel(code: number): void {
    if (code === DASH) {
      if (this.#label === "") throw new RangeError("PEM: BEGIN without a label");
      this.#endLine = `-----END ${this.#label}-----`;
      this.#matched = 1;
      this.#state = "dashes";
      return;
    }
    const allowed = code === 0x20 || (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a);
    if (!allowed || this.#label.length === LABEL_LIMIT) throw new RangeError("PEM: malformed BEGIN line");
    this.#label += String.fromCharCode(code);
  }

  private decode(code: number): void {
    if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) return;
    if (code === DASH) {
      this.closeBody();
      return;
    }
    this.#characters++;
    if (code === EQUALS) {
      this.#padding++;
      return;
    }
    const value = base64Value(code);
    if (value < 0 || this.#padding > 0) throw new RangeError("PEM: the body is not base64");
    this.#word = ((this.#word << 6) | value) & 0xfff;
    this.#bits += 6;
    if (this.#bits < 8) return;
    this.#bits -= 8;
    this.#octet[0] = this.#word >> this.#bits;
    if (!this.#der.add(this.#octet)) throw new RangeError(`PEM: longer than ${this.#der.limit} bytes`);
  }

  private closeBody(): void {
    const stray = this.#word & ((1 << this.#bits) - 1);
    if (this.#characters % 4 !== 0 || this.#padding > 2 || stray !== 0) {
      throw new RangeError("PEM: the body is not base64");
    }
    this.#matched = 1;
    this.#state = "end";
  }
}
