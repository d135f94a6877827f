// A host at the modem's UART in virtual time, and the network behind it, both by hand: for tests of the core.

import { latin1 } from "../../../firmware/bytes/utf8.js";
import { Faults } from "../../../host-sim/modem/faults.js";
import { Sim7080, type Sim7080Options } from "../../../host-sim/modem/sim7080.js";
import type { ModemAction, NetworkEvent } from "../../../host-sim/world/core.js";

/** 2026-01-02 03:04:05 UTC. */
export const START = Date.UTC(2026, 0, 2, 3, 4, 5);

export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

export class Desk {
  readonly modem: Sim7080;
  now = START;
  /** What the modem printed since the last `said`. */
  printed = "";
  /** What the modem asked of the network and the line, in order; text for bodies. */
  asked: string[] = [];
  /** Bytes the modem takes, by connection id. */
  readonly window = new Map<number, number>();

  constructor(options: Sim7080Options & { fault?: string[] } = {}) {
    this.modem = new Sim7080({
      delayScale: 0,
      poweredOn: true,
      ...options,
      faults: options.faults ?? new Faults(options.fault ?? []),
    });
    this.#do(this.modem.poll(this.now));
    this.asked = [];
  }

  /** Types a command line and gives what comes back at once, or within `ms`. */
  at(line: string, ms = 0): string {
    this.said();
    this.type(`${line}\r`);
    this.pass(ms);
    return this.said();
  }

  type(text: string): void {
    this.#do(this.modem.uart(bytes(text), this.now));
  }

  key(level: 0 | 1): void {
    this.#do(this.modem.powerKey(level, this.now));
  }

  /** Presses PWRKEY for `ms`. */
  press(ms: number): void {
    this.key(1);
    this.pass(ms);
    this.key(0);
  }

  network(event: NetworkEvent): void {
    this.#do(this.modem.network(event, this.now));
  }

  do(actions: ModemAction[]): void {
    this.#do(actions);
  }

  /** Lets time pass, deadline by deadline. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (let next = this.modem.nextDeadline(); next !== undefined && next <= end; next = this.modem.nextDeadline()) {
      this.now = Math.max(this.now, next);
      this.#do(this.modem.poll(this.now));
    }
    this.now = end;
  }

  /** What was printed since the last call. */
  said(): string {
    const text = this.printed;
    this.printed = "";
    return text;
  }

  /** What was asked of the network since the last call. */
  wanted(): string[] {
    const asked = this.asked;
    this.asked = [];
    return asked;
  }

  /** Echo off, PDP context up. */
  online(): this {
    this.at("ATE0");
    this.at("AT+CNACT=0,1", 20_000);
    this.wanted();
    return this;
  }

  /** As `online`, with a connection `cid`. */
  connected(cid = 0): this {
    this.online();
    this.at(`AT+CAOPEN=${cid},0,"TCP","h",80`, 5000);
    this.network({ event: "connected", cid });
    this.said();
    this.wanted();
    return this;
  }

  #do(actions: ModemAction[]): void {
    for (const action of actions) {
      if (action.do === "uart") this.printed += latin1(action.bytes);
      else if (action.do === "window") this.window.set(action.cid, (this.window.get(action.cid) ?? 0) + action.bytes);
      else if (action.do === "send") this.asked.push(`send ${action.cid} ${latin1(action.bytes)}`);
      else if (action.do === "connect")
        this.asked.push(
          `connect ${action.cid} ${action.host}:${action.port}${action.udp ? " udp" : ""}${action.tls ? " tls" : ""}`,
        );
      else if (action.do === "close") this.asked.push(`close ${action.cid}${action.silent ? " silent" : ""}`);
      else if (action.do === "sms") this.asked.push(`sms ${action.to} ${action.text}`);
      else if (action.do === "listen") this.asked.push(`listen ${action.cid} ${action.port}`);
      else if (action.do === "accept") this.asked.push(`accept ${action.cid} ${action.connection}`);
      else this.asked.push(`baud ${action.baud}`);
    }
  }
}
