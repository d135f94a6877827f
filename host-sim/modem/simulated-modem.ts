// A simulated modem for one's own tests: one object with a terminal at its UART, in real time on this machine's loopback or in
// virtual time without any network, and the verbs of the control port. See docs/modem.md.

import type { LinkProfile } from "../world/link.js";
import { ControlError, control } from "./control.js";
import { type FaultSpec, Faults } from "./faults.js";
import type { Network } from "./network.js";
import { NodeModem } from "./node-modem.js";
import type { ModelName } from "./options.js";
import { type ModemSnapshot, Sim7080 } from "./sim7080.js";

/** What may differ from modem to modem. */
export interface SimulatedModemOptions {
  /** Default SIM7080. */
  model?: ModelName;
  /** What AT+CGMM tells. */
  identity?: string;
  /** Number of the SIM; null: none. Default 1. */
  sim?: number | null;
  /** The same seed and inputs give the same answers and times. Default 1. */
  seed?: number;
  /** Factor on the delays of modem and network. Default 0 in real time, 1 in virtual time. */
  delayScale?: number;
  /** False: off, until `powerKey`. Default true. */
  poweredOn?: boolean;
  network?: Partial<Network>;
  /** As `--fault`: `NAME[=VALUE][*TIMES]`. */
  faults?: readonly (string | FaultSpec)[];
  /**
   * `real` (default): the modem's connections go to this machine, `hosts` says where. `virtual`: time passes by `pass` alone,
   * and a name in `peers` is answered in this process.
   */
  time?: "real" | "virtual";
  /** Real time: where host names lead. Addresses of this machine lead to themselves. */
  hosts?: Readonly<Record<string, { host: string; port: number }>>;
  /** Virtual time: what answers under a host name. */
  peers?: Readonly<Record<string, (peer: Peer) => void>>;
  /** Real time: the radio. */
  link?: LinkProfile;
}

/** The far end of one of the modem's connections, in virtual time. Set `onData` and `onEnd` in the callback. */
export interface Peer {
  onData: ((bytes: Uint8Array) => void) | undefined;
  onEnd: (() => void) | undefined;
  send(bytes: Uint8Array | string): void;
  end(): void;
}

/** Milliseconds that `until` and `command` wait. */
const PATIENCE_MS = 5000;
const FINAL = /(?:^|\r\n)(OK|ERROR|\+CM[ES] ERROR: [^\r\n]*|NO CARRIER|CONNECT[^\r\n]*)\r\n/;
/** Longest step of virtual time at once, where nothing is due. */
const STEP_MS = 1000;

/** A modem with one terminal on it. */
export class SimulatedModem {
  /** Messages that it has sent. */
  readonly sent: { to: string; text: string }[] = [];
  readonly #core: Sim7080;
  readonly #modem: NodeModem | undefined;
  readonly #peers: SimulatedModemOptions["peers"];
  readonly #open = new Map<number, { peer: Peer; window: number; waiting: Uint8Array[]; ended: boolean }>();
  #now = Date.UTC(2026, 0, 1);
  #heard = "";
  #wake: () => void = () => {};

  constructor(options: SimulatedModemOptions = {}) {
    const { time = "real", hosts = {}, link, sim = 1, peers } = options;
    const delayScale = options.delayScale ?? (time === "real" ? 0 : 1);
    this.#core = new Sim7080({
      ...options,
      sim,
      poweredOn: options.poweredOn ?? true,
      delayScale,
      faults: new Faults(options.faults),
    });
    this.#peers = peers;
    if (time === "virtual") {
      this.#do(this.#core.poll(this.#now));
      return;
    }
    const lookup = (host: string, port: number) =>
      Object.hasOwn(hosts, host) ? hosts[host] : /^127\.|^localhost$/.test(host) ? { host, port } : undefined;
    const onSms = (to: string, text: string) => void this.sent.push({ to, text });
    this.#modem = new NodeModem(this.#core, { names: { lookup }, link, onSms, ...(sim !== null && { sim }) });
    this.#modem.uart.onData = (bytes) => this.#hear(bytes);
  }

  /** How the modem is. */
  get state(): ModemSnapshot {
    return this.#core.snapshot();
  }

  /** The UART's end for code under test: real time alone. @throws Error in virtual time */
  connect(): NodeModem["uart"] {
    if (!this.#modem) throw new Error("in virtual time use write, read and command");
    return this.#modem.uart;
  }

  /** Offers the UART on a TCP port too, for a program of its own. @throws Error in virtual time */
  listen(host = "127.0.0.1", port = 0): ReturnType<NodeModem["listen"]> {
    if (!this.#modem) throw new Error("a port needs real time");
    return this.#modem.listen(host, port);
  }

  /** Sends bytes, or text as Latin-1. */
  write(bytes: Uint8Array | string): void {
    const sent = typeof bytes === "string" ? Uint8Array.from(bytes, (char) => char.charCodeAt(0) & 0xff) : bytes;
    if (this.#modem) this.#modem.uart.write(sent);
    else this.#do(this.#core.uart(sent, this.#now));
  }

  /** What came since the last `read`, `until` or `command`, as Latin-1. */
  read(): string {
    const text = this.#heard;
    this.#heard = "";
    return text;
  }

  /**
   * Waits for what matches, and takes all up to its end. In virtual time, time passes until then.
   * @throws Error after `ms` milliseconds without it, with what was heard
   */
  async until(pattern: RegExp, ms = PATIENCE_MS): Promise<string> {
    const limit = this.#now + ms;
    for (;;) {
      const match = pattern.exec(this.#heard);
      if (match) {
        const end = match.index + match[0].length;
        const text = this.#heard.slice(0, end);
        this.#heard = this.#heard.slice(end);
        return text;
      }
      const waited = this.#modem ? await this.#arrival(ms) : this.#advance(limit);
      if (!waited) throw new Error(`no ${pattern} within ${ms} ms; heard ${JSON.stringify(this.#heard)}`);
    }
  }

  /** Sends a line, and gives what comes up to its final result, that included. */
  command(line: string, ms = PATIENCE_MS): Promise<string> {
    this.#heard = "";
    this.write(`${line}\r`);
    return this.until(FINAL, ms);
  }

  /** Lets time pass: virtual time alone. */
  pass(ms: number): void {
    const end = this.#now + ms;
    while (this.#now < end) this.#advance(end);
  }

  /** PWRKEY; 1 is pressed. */
  powerKey(level: 0 | 1): void {
    if (this.#modem) this.#modem.powerKey(level);
    else this.#do(this.#core.powerKey(level, this.#now));
  }

  /** Does what the control port does, e.g. `{ do: "sms", from: "+49151", text: "hello" }`. @throws ControlError */
  control(wish: Readonly<Record<string, unknown>>): void {
    if (this.#modem) this.#modem.run((now) => control(this.#core, wish, now).actions);
    else this.#do(control(this.#core, wish, this.#now).actions);
  }

  async close(): Promise<void> {
    await this.#modem?.close();
  }

  #hear(bytes: Uint8Array): void {
    for (const byte of bytes) this.#heard += String.fromCharCode(byte);
    this.#wake();
  }

  #arrival(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const limit = setTimeout(() => resolve(false), ms);
      this.#wake = () => {
        clearTimeout(limit);
        this.#wake = () => {};
        resolve(true);
      };
    });
  }

  /** To the next deadline, or a step. @returns false: `end` is reached */
  #advance(end: number): boolean {
    if (this.#now >= end) return false;
    const due = this.#core.nextDeadline() ?? Number.POSITIVE_INFINITY;
    this.#now = Math.max(this.#now, Math.min(due, this.#now + STEP_MS, end));
    this.#do(this.#core.poll(this.#now));
    return true;
  }

  #do(actions: ReturnType<Sim7080["poll"]>): void {
    for (const action of actions) {
      switch (action.do) {
        case "uart":
          this.#hear(action.bytes);
          break;
        case "sms":
          this.sent.push({ to: action.to, text: action.text });
          break;
        case "connect":
          this.#dial(action.cid, action.host);
          break;
        case "send":
          this.#open.get(action.cid)?.peer.onData?.(action.bytes);
          this.#do(this.#core.network({ event: "acked", cid: action.cid, count: action.bytes.length }, this.#now));
          break;
        case "window":
          this.#grant(action.cid, action.bytes);
          break;
        case "close": {
          const { peer } = this.#open.get(action.cid) ?? {};
          this.#open.delete(action.cid);
          peer?.onEnd?.();
        }
      }
    }
  }

  #dial(cid: number, host: string): void {
    const answer = this.#peers && Object.hasOwn(this.#peers, host) ? this.#peers[host] : undefined;
    if (!answer) {
      this.#do(this.#core.network({ event: "failed", cid, reason: "dns" }, this.#now));
      return;
    }
    const peer: Peer = {
      onData: undefined,
      onEnd: undefined,
      send: (bytes) => {
        const sent = typeof bytes === "string" ? Uint8Array.from(bytes, (char) => char.charCodeAt(0) & 0xff) : bytes;
        this.#open.get(cid)?.waiting.push(sent);
        this.#grant(cid, 0);
      },
      end: () => {
        const open = this.#open.get(cid);
        if (open) open.ended = true;
        this.#grant(cid, 0);
      },
    };
    this.#open.set(cid, { peer, window: 0, waiting: [], ended: false });
    answer(peer);
    this.#do(this.#core.network({ event: "connected", cid }, this.#now));
  }

  /** Gives the modem as much as it has room for, then the peer's end. */
  #grant(cid: number, bytes: number): void {
    const open = this.#open.get(cid);
    if (!open) return;
    open.window += bytes;
    while (open.window > 0 && open.waiting.length > 0) {
      const first = open.waiting.shift()!;
      const part = first.subarray(0, open.window);
      if (part.length < first.length) open.waiting.unshift(first.subarray(part.length));
      open.window -= part.length;
      this.#do(this.#core.network({ event: "data", cid, bytes: part }, this.#now));
    }
    if (!open.ended || open.waiting.length > 0 || !this.#open.has(cid)) return;
    open.ended = false;
    this.#do(this.#core.network({ event: "closed", cid }, this.#now));
  }
}

export { ControlError };
