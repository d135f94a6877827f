// The module's own FTP client, for downloads (SIM7080 AT V1.07 §15; RFC 959): passive mode, one file at a time. Its user and
// password go to the server as they are: there is no TLS in it.

import type { FtpPart, Machine, Stream } from "./machine.js";

/** <error> of +FTPGET (§15.2.14). */
const ERROR = { network: 61, connect: 63, timeout: 64, server: 65, user: 71, password: 72, type: 73, passive: 75 };
const NO_FILE = 79;
const QUIT = 80;
/** Longest time without an answer (§15.2.14), and until unread bytes are told of again, in milliseconds. */
const LIMIT_MS = 75_000;
const REMIND_MS = 5_000;
/** What is kept for the host. A server that sends more is cut off. */
const FILE_LIMIT = 1_048_576;
const LINE_LIMIT = 512;

/** What is said at each step, the answer's first digits that lead on, and the error of any other. */
interface Step {
  say: (m: Machine) => string;
  leadsOn: readonly number[];
  error: number;
}

const STEPS: readonly Step[] = [
  { say: ({ session }) => `USER ${session.ftp.FTPUN || "anonymous"}`, leadsOn: [331, 230], error: ERROR.user },
  { say: ({ session }) => `PASS ${session.ftp.FTPPW}`, leadsOn: [230, 202], error: ERROR.password },
  { say: ({ session }) => `TYPE ${session.ftp.FTPTYPE}`, leadsOn: [200], error: ERROR.type },
  { say: () => "PASV", leadsOn: [227], error: ERROR.passive },
  {
    say: ({ session }) => `RETR ${session.ftp.FTPGETPATH}${session.ftp.FTPGETNAME}`,
    leadsOn: [125, 150],
    error: NO_FILE,
  },
];

/** One download. */
class Download {
  readonly #machine: Machine;
  readonly #over: () => void;
  readonly #control: Stream;
  #data: Stream | undefined;
  /** Of STEPS: the one whose answer is waited for; -1: the server's greeting. */
  #step = -1;
  #line = "";
  #limit = { cancel() {} };
  #reminder = { cancel() {} };
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;
  /** The file has come whole. */
  #isWhole = false;

  constructor(machine: Machine, over: () => void) {
    this.#machine = machine;
    this.#over = over;
    const { FTPSERV: host, FTPPORT: port, FTPCID: pdp } = machine.session.ftp;
    this.#await();
    this.#control = machine.streams.open(
      { pdp: Number(pdp), host, port: Number(port) },
      {
        connected: () => {},
        failed: () => this.end(ERROR.connect),
        data: (bytes) => this.#heard(bytes),
        closed: () => this.end(ERROR.server),
      },
    );
  }

  /** Up to `count` bytes that have come. */
  read(count: number): Uint8Array {
    const found = new Uint8Array(Math.min(count, this.#bytes));
    for (let at = 0; at < found.length; ) {
      const piece = this.#waiting[0]!;
      const part = piece.subarray(0, found.length - at);
      found.set(part, at);
      at += part.length;
      if (part.length === piece.length) this.#waiting.shift();
      else this.#waiting[0] = piece.subarray(part.length);
    }
    this.#bytes -= found.length;
    return found;
  }

  /** Behind a read: what is left is told of again, and that nothing is. */
  told(): void {
    this.#reminder.cancel();
    if (this.#bytes > 0) this.#reminder = this.#machine.later(REMIND_MS, () => this.#tell());
    else if (this.#isWhole) this.end(0);
  }

  /** @param error 0: all is well */
  end(error: number): void {
    this.#limit.cancel();
    this.#reminder.cancel();
    this.#control.close();
    this.#data?.close();
    this.#over();
    this.#machine.out.urc("SYS", `+FTPGET: 1,${error}`);
  }

  #tell(): void {
    this.#machine.out.urc("SYS", "+FTPGET: 1,1");
    this.told();
  }

  #await(): void {
    this.#limit.cancel();
    this.#limit = this.#machine.later(LIMIT_MS, () => this.end(ERROR.timeout));
  }

  #heard(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte !== 10) this.#line += String.fromCharCode(byte);
      else {
        const line = this.#line.replace(/\r$/, "");
        this.#line = "";
        // `230-` goes on in the next line (RFC 959 §4.2).
        const code = /^(\d{3})(?: |$)/.exec(line)?.[1];
        if (code !== undefined && this.#answered(Number(code), line)) return;
      }
      if (this.#line.length > LINE_LIMIT) {
        this.end(ERROR.server);
        return;
      }
    }
  }

  /** @returns true: it is over */
  #answered(code: number, line: string): boolean {
    const step = STEPS[this.#step];
    const leadsOn = step?.leadsOn ?? (this.#step < 0 ? [220] : [226, 250]);
    if (!leadsOn.includes(code)) {
      this.end(step?.error ?? ERROR.server);
      return true;
    }
    if (code === 227 && !this.#openData(line)) return true;
    if (this.#step >= STEPS.length) return false;
    // A user who needs no password.
    this.#step += code === 230 && this.#step === 0 ? 2 : 1;
    const next = STEPS[this.#step];
    this.#await();
    if (next) this.#control.send(new TextEncoder().encode(`${next.say(this.#machine)}\r\n`));
    return false;
  }

  /** `227 … (h1,h2,h3,h4,p1,p2)`. @returns false: it is no address, and all is over */
  #openData(line: string): boolean {
    const numbers = /(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})/.exec(line)?.slice(1).map(Number);
    if (!numbers?.every((number) => number <= 255)) {
      this.end(ERROR.passive);
      return false;
    }
    const target = {
      pdp: Number(this.#machine.session.ftp.FTPCID),
      host: numbers.slice(0, 4).join("."),
      port: 256 * numbers[4]! + numbers[5]!,
    };
    this.#data = this.#machine.streams.open(target, {
      connected: () => {},
      failed: () => this.end(ERROR.passive),
      data: (bytes) => this.#received(bytes),
      closed: () => {
        this.#limit.cancel();
        this.#data = undefined;
        this.#isWhole = true;
        if (this.#bytes === 0) this.end(0);
      },
    });
    return true;
  }

  #received(bytes: Uint8Array): void {
    this.#await();
    if (this.#bytes + bytes.length > FILE_LIMIT) {
      this.end(ERROR.network);
      return;
    }
    const wasEmpty = this.#bytes === 0;
    this.#waiting.push(bytes.slice());
    this.#bytes += bytes.length;
    if (wasEmpty) this.#tell();
  }
}

export class Ftp implements FtpPart {
  readonly #machine: Machine;
  #download: Download | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get busy(): boolean {
    return this.#download !== undefined;
  }

  reset(): void {
    this.#download = undefined;
  }

  get(): void {
    this.#download = new Download(this.#machine, () => {
      this.#download = undefined;
    });
  }

  read(count: number): Uint8Array {
    return this.#download?.read(count) ?? new Uint8Array(0);
  }

  told(): void {
    this.#download?.told();
  }

  quit(): void {
    this.#download?.end(QUIT);
  }
}
