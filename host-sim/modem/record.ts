// A record of what host and modem said to each other, line for line, with its time: made from the bytes of both directions.
// Bodies are only counted: they hold what nobody but the peers should read. Secrets in lines are taken out. A core.

/** A line, or a body, of a record. */
export interface RecordEntry {
  /** Milliseconds since the record's begin. */
  t: number;
  /** `tx`: from the host; `rx`: from the modem. */
  dir: "tx" | "rx";
  /** The line without its end; the prompt is `> `; absent where it is a body alone. */
  text?: string;
  /** Bytes of a body: behind this line, or by itself. */
  body?: number;
}

const MARK = "[…]";
/** What is cut off a line that ends never. */
const LINE_LIMIT = 2048;

/** Commands whose parameters are secrets: what stays of them, and what goes. */
const SECRETS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/^(AT\+(?:CPIN|CLCK|CPWD)=).*/i, `$1${MARK}`],
  [/^(AT\+CGAUTH=\d+,\d+,).*/i, `$1${MARK}`],
  [/^(AT\+CNCFG=\d+,\d+,"[^"]{0,150}",).*/i, `$1${MARK}`],
  [/^(\+CNCFG: ?\d+,\d+,"[^"]{0,150}",).*/i, `$1${MARK}`],
  [/^(AT\+SMCONF="(?:USERNAME|PASSWORD)",).*/i, `$1${MARK}`],
  [/^((?:USERNAME|PASSWORD): ).*/i, `$1${MARK}`],
  [/^(AT\+FTP(?:UN|PW)=).*/i, `$1${MARK}`],
  [/^(\+FTP(?:UN|PW): ?)".*/i, `$1${MARK}`],
  [/^(AT\+SHAHEAD="?(?:Authorization|Cookie|X-[\w-]{0,60})"?,).*/i, `$1${MARK}`],
  [/^(\+SHAHEAD: ?"?(?:Authorization|Cookie|X-[\w-]{0,60})"?,).*/i, `$1${MARK}`],
  [/^(AT\+CSSLCFG="?CONVERT"?,\d,[^,]{0,52},[^,]{0,52},).*/i, `$1${MARK}`],
  [/^(AT\+SMALI\w+=).*/i, `$1${MARK}`],
];

/** Takes what nobody should read out of a line of the AT conversation. */
export function withoutSecrets(line: string): string {
  for (const [pattern, replacement] of SECRETS) {
    if (pattern.test(line)) return line.replace(pattern, replacement);
  }
  return line;
}

/** Lines of the modem behind which bytes are counted: the group is how many. */
const COUNTED: readonly RegExp[] = [
  /^\+CARECV: ?(\d{1,5}),/,
  /^\+CAURC: ?"recv",\d+,(\d{1,5})/,
  /^\+(?:SHREAD|SHRHEAD|CFSRFILE): ?(\d{1,6})$/,
];
/** Commands whose body the host sends after a prompt: the group is its length. */
const SENDS: readonly RegExp[] = [
  /^AT\+CASEND=\d+,(\d{1,5})/i,
  /^AT\+SMPUB="?[^,"]{0,128}"?,(\d{1,5})/i,
  /^AT\+CFSWFILE=\d,"?[^,"]{0,230}"?,\d,(\d{1,6})/i,
  /^AT\+SHBOD=(\d{1,5}),/i,
];
/** Commands whose text ends with Ctrl-Z or ESC. */
const TYPED = /^AT\+CMG[SW]/i;

export class Recorder {
  readonly #write: (entry: RecordEntry) => void;
  #sent = "";
  #heard = "";
  /** Bytes of a body still to come, from each side; -1: text up to Ctrl-Z. */
  #sending = 0;
  #receiving = 0;
  #sentBody = 0;
  #command = "";
  #prompted = false;

  /** @param write gets each entry in order */
  constructor(write: (entry: RecordEntry) => void) {
    this.#write = write;
  }

  /** Bytes from the host at `t`. */
  host(bytes: Uint8Array, t: number): void {
    for (const byte of bytes) this.#hostByte(byte, t);
  }

  /** Bytes from the modem at `t`. */
  modem(bytes: Uint8Array, t: number): void {
    for (const byte of bytes) this.#modemByte(byte, t);
  }

  #hostByte(byte: number, t: number): void {
    if (this.#prompted && this.#sending !== 0) {
      this.#sentBody++;
      const over = this.#sending < 0 ? byte === 0x1a || byte === 0x1b : this.#sentBody === this.#sending;
      if (!over) return;
      this.#write({ t, dir: "tx", body: this.#sentBody });
      this.#sending = 0;
      this.#sentBody = 0;
      this.#prompted = false;
    } else if (byte === 13) {
      this.#command = this.#sent;
      this.#sent = "";
      if (this.#command === "") return;
      this.#write({ t, dir: "tx", text: withoutSecrets(this.#command) });
      const length = SENDS.map((pattern) => pattern.exec(this.#command)?.[1]).find((found) => found !== undefined);
      this.#sending = TYPED.test(this.#command) ? -1 : Number(length ?? 0);
      this.#prompted = false;
    } else if (byte !== 10 && this.#sent.length < LINE_LIMIT) this.#sent += String.fromCharCode(byte);
  }

  #modemByte(byte: number, t: number): void {
    if (this.#receiving > 0) {
      this.#receiving--;
      return;
    }
    if (byte === 13 || byte === 10) {
      this.#line(t);
      return;
    }
    if (this.#heard.length < LINE_LIMIT) this.#heard += String.fromCharCode(byte);
    if (this.#heard === "> " || (this.#heard === ">" && this.#sending !== 0)) {
      this.#prompted = true;
      if (this.#heard === ">") return;
      this.#heard = "";
      this.#write({ t, dir: "rx", text: "> " });
      return;
    }
    // CARECV's bytes follow their comma, not a line's end.
    const count = /^\+CARECV: ?(\d{1,5}),$/.exec(this.#heard)?.[1];
    if (count !== undefined && /^AT\+CARECV=/i.test(this.#command)) this.#counted(t, Number(count));
  }

  #line(t: number): void {
    const text = this.#heard;
    this.#heard = "";
    // The echo of what the host sent is told by the host's line.
    if (text === "" || text === this.#command) return;
    if (text === "DOWNLOAD") this.#prompted = true;
    const count = COUNTED.map((pattern) => pattern.exec(text)?.[1]).find((found) => found !== undefined);
    if (count === undefined) this.#write({ t, dir: "rx", text: withoutSecrets(text) });
    else {
      this.#heard = text;
      // A CR before the body is the line's end, and so is the LF that comes next.
      this.#counted(t, Number(count) + 1);
    }
  }

  #counted(t: number, bytes: number): void {
    const text = this.#heard;
    this.#heard = "";
    const behindLineEnd = !text.endsWith(",");
    this.#receiving = bytes;
    this.#write({ t, dir: "rx", text, body: behindLineEnd ? bytes - 1 : bytes });
  }
}
