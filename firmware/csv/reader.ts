// CSV records (RFC 4180) out of bytes in pieces of any size, handed on as pieces of fields; no field is held here.
// Beyond the RFC: a byte order mark is skipped, CR and LF alone end a record too, empty lines are no records, and the
// two characters \n or \r may stand for a line end inside a field, as 1NCE's onboarding writes PEM text.

import { Failure } from "../platform/failure.js";

export type CsvCode =
  | "csv-syntax" // a quote where none may stand
  | "csv-limit" // a field or a record passes a named limit
  | "csv-truncated"; // the text ends within a quoted field

/** Malformed CSV. `message` tells the field's number, never its content. */
export class CsvError extends Failure {
  declare readonly code: CsvCode;
  constructor(code: CsvCode, message: string) {
    super(code, message, "back-off");
  }
}

export interface CsvLimits {
  /** Bytes of one field, escapes decoded. */
  field: number;
  /** Fields of one record. */
  fields: number;
}

const CSV_LIMITS: CsvLimits = { field: 4096, fields: 32 };

/** Takes the records. What it throws goes through `push` to the caller. */
export interface CsvSink {
  /** A piece of field number `field` (from 0), escapes decoded; the view is valid only during the call. */
  onPiece(field: number, piece: Uint8Array): void;
  /** Field number `field` is complete; an empty one has had no piece. */
  onField(field: number): void;
  /** The record is complete. */
  onRecord(fields: number): void;
}

type State =
  | "record" // nothing of the record seen yet
  | "field" // behind a comma
  | "plain"
  | "quoted"
  | "quote"; // behind a quote within a quoted field: its end, or the first of two

const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CR = 0x0d;
const LF = 0x0a;
const BOM: readonly number[] = [0xef, 0xbb, 0xbf];

/** Reads records in pieces of any size. */
export class CsvReader {
  readonly #sink: CsvSink;
  readonly #limits: CsvLimits;
  #state: State = "record";
  /** Bytes of the byte order mark seen; 3 once the text's beginning is behind. */
  #bom = 0;
  /** True behind a backslash whose meaning the next byte decides. */
  #escape = false;
  #field = 0;
  #length = 0;
  readonly #one = new Uint8Array(1);

  constructor(sink: CsvSink, limits: Partial<CsvLimits> = {}) {
    this.#sink = sink;
    this.#limits = { ...CSV_LIMITS, ...limits };
  }

  /** @throws CsvError */
  push(bytes: Uint8Array): void {
    let i = 0;
    while (this.#bom < BOM.length && i < bytes.length) {
      if (bytes[i] === BOM[this.#bom]) {
        this.#bom++;
        i++;
      } else this.noBom();
    }
    while (i < bytes.length) {
      const end = this.runEnd(bytes, i);
      if (end > i) this.emit(bytes.subarray(i, end));
      i = end;
      if (i < bytes.length) this.special(bytes[i++]!);
    }
  }

  /** The end of the text; completes a last record without a line end. @throws CsvError `csv-truncated` */
  end(): void {
    if (this.#bom < BOM.length) this.noBom();
    if (this.#state === "quoted") throw new CsvError("csv-truncated", `the text ends within field ${this.#field + 1}`);
    this.flushEscape();
    if (this.#state !== "record") this.endRecord();
  }

  /** What looked like a byte order mark is content. */
  private noBom(): void {
    const seen = this.#bom;
    this.#bom = BOM.length;
    if (seen > 0) {
      this.#state = "plain";
      this.emit(Uint8Array.from(BOM.slice(0, seen)));
    }
  }

  /** End of the run of bytes from `from` on that are plain content in the present state. */
  private runEnd(bytes: Uint8Array, from: number): number {
    if (this.#escape || (this.#state !== "plain" && this.#state !== "quoted")) return from;
    let end = from;
    while (end < bytes.length && !this.isSpecial(bytes[end]!)) end++;
    return end;
  }

  private isSpecial(code: number): boolean {
    if (code === QUOTE || code === BACKSLASH) return true;
    return this.#state === "plain" && (code === COMMA || code === CR || code === LF);
  }

  private special(code: number): void {
    if (this.#escape) {
      if (code === 0x6e || code === 0x72) {
        this.#escape = false;
        this.emitOne(code === 0x6e ? LF : CR);
        return;
      }
      this.flushEscape();
    }
    switch (this.#state) {
      case "quoted":
        this.inQuoted(code);
        break;
      case "quote":
        this.behindQuote(code);
        break;
      case "plain":
        this.inPlain(code);
        break;
      default:
        this.begin(code);
    }
  }

  /** The first byte of a field, or an empty line: the LF behind a CR is one too. */
  private begin(code: number): void {
    if (this.#state === "record" && (code === CR || code === LF)) return;
    if (code === QUOTE) {
      this.#state = "quoted";
      return;
    }
    this.#state = "plain";
    this.inPlain(code);
  }

  private inPlain(code: number): void {
    if (code === QUOTE) throw new CsvError("csv-syntax", `a quote within the unquoted field ${this.#field + 1}`);
    if (code === COMMA) this.nextField();
    else if (code === CR || code === LF) this.endRecord();
    else this.content(code);
  }

  private inQuoted(code: number): void {
    if (code === QUOTE) this.#state = "quote";
    else this.content(code);
  }

  private behindQuote(code: number): void {
    if (code === QUOTE) {
      this.#state = "quoted";
      this.emitOne(QUOTE);
    } else if (code === COMMA) this.nextField();
    else if (code === CR || code === LF) this.endRecord();
    else throw new CsvError("csv-syntax", `text after the closing quote of field ${this.#field + 1}`);
  }

  private content(code: number): void {
    if (code === BACKSLASH) this.#escape = true;
    else this.emitOne(code);
  }

  private flushEscape(): void {
    if (!this.#escape) return;
    this.#escape = false;
    this.emitOne(BACKSLASH);
  }

  private emitOne(code: number): void {
    this.#one[0] = code;
    this.emit(this.#one);
  }

  private emit(piece: Uint8Array): void {
    const room = this.#limits.field - this.#length;
    if (piece.length > room) {
      if (room > 0) this.#sink.onPiece(this.#field, piece.subarray(0, room));
      throw new CsvError("csv-limit", `field ${this.#field + 1} is longer than ${this.#limits.field} bytes`);
    }
    this.#length += piece.length;
    this.#sink.onPiece(this.#field, piece);
  }

  private nextField(): void {
    this.#sink.onField(this.#field);
    this.#length = 0;
    const { fields } = this.#limits;
    if (++this.#field >= fields) throw new CsvError("csv-limit", `a record of more than ${fields} fields`);
    this.#state = "field";
  }

  private endRecord(): void {
    this.#sink.onField(this.#field);
    this.#sink.onRecord(this.#field + 1);
    this.#field = 0;
    this.#length = 0;
    this.#state = "record";
  }
}
