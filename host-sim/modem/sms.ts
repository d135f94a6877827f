// Short messages: the store on the SIM, what arrives, what is sent (SIM7080 AT V1.07 §4; 3GPP TS 27.005).

import { CMS, CmsError } from "./errors.js";
import type { Machine, Message, MessageStatus, SmsPart } from "./machine.js";
import { deliverPdu, submitPdu, textOf, typeOfNumber, userData } from "./tpdu.js";

/** Places on the card. */
export const SMS_PLACES = 50;

export class Sms implements SmsPart {
  readonly #machine: Machine;
  /** On the card: it outlives the power. By place. */
  readonly #store = new Map<number, Message>();
  /** Arrived while the module was not reachable. */
  #waiting: { from: string; text: string }[] = [];
  #reference = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get used(): number {
    return this.#store.size;
  }

  arrive(from: string, text: string): void {
    this.#waiting.push({ from, text });
    this.flush();
  }

  flush(): void {
    const { card, power, radio } = this.#machine;
    while (this.#waiting.length > 0 && power.talks && card.ready && radio.registered) {
      const first = this.#waiting[0]!;
      // Full: the network keeps it until there is room.
      if (this.#store.size === SMS_PLACES && this.#machine.session.cnmi.mt !== 2) return;
      this.#waiting.shift();
      this.#take(first.from, first.text);
    }
  }

  get(place: number): Message | undefined {
    return this.#store.get(place);
  }

  list(): [number, Message][] {
    return [...this.#store].sort(([a], [b]) => a - b);
  }

  read(place: number): void {
    const message = this.#store.get(place);
    if (message?.status === "REC UNREAD") message.status = "REC READ";
  }

  store(message: Message): number {
    for (let place = 0; place < SMS_PLACES; place++) {
      if (this.#store.has(place)) continue;
      this.#store.set(place, message);
      return place;
    }
    throw new CmsError(CMS.full);
  }

  remove(place: number): void {
    this.#store.delete(place);
    this.flush();
  }

  removeAll(statuses: readonly MessageStatus[]): void {
    for (const [place, { status }] of this.list()) if (statuses.includes(status)) this.#store.delete(place);
    this.flush();
  }

  send(to: string, data: Message["data"]): number {
    this.#machine.act({ do: "sms", to, text: textOf(data) });
    this.#reference = (this.#reference + 1) & 0xff;
    return this.#reference;
  }

  headOf(message: Message, detailed: boolean, form: "list" | "read"): string {
    const { number, status, at, data } = message;
    const received = status.startsWith("REC");
    const base = received ? `"${status}","${this.encoded(number)}",,"${at}"` : `"${status}","${this.encoded(number)}"`;
    if (!detailed) return received || form === "read" ? base : `${base},,`;
    const type = typeOfNumber(number);
    const length = data.length;
    const { centre } = this.#machine.settings.sms;
    if (form === "list") return `${base}${received ? "" : ",,"},${type},${length}`;
    const middle = received ? `${type},4,0,${data.dcs}` : `,${type},17,0,${data.dcs},167`;
    return `${base},${middle},"${centre}",${typeOfNumber(centre)},${length}`;
  }

  bodyOf(message: Message): string {
    return this.encoded(textOf(message.data));
  }

  pduOf({ number, at, data, status }: Message): { pdu: string; length: number } {
    const { centre } = this.#machine.settings.sms;
    return status.startsWith("REC") ? deliverPdu(centre, number, at, data) : submitPdu(centre, number, data);
  }

  encoded(text: string): string {
    if (this.#machine.session.charset !== "UCS2") return text.replace(/[^\x20-\x7e\r\n]/g, "?");
    return Array.from({ length: text.length }, (_, i) =>
      text.charCodeAt(i).toString(16).toUpperCase().padStart(4, "0"),
    ).join("");
  }

  /** AT+CNMI: told where it lies, or itself. */
  #take(from: string, text: string): void {
    const { clock, out, session } = this.#machine;
    const data = userData(text);
    if (!data) return;
    const message: Message = { status: "REC UNREAD", number: from, at: clock.text(), data };
    if (session.cnmi.mt === 2) {
      out.urc("SMS", this.#direct(message));
      return;
    }
    const place = this.store(message);
    if (session.cnmi.mt > 0) out.urc("SMS", `+CMTI: "SM",${place}`);
  }

  #direct(message: Message): string {
    if (!this.#machine.session.textMode) {
      const { pdu, length } = this.pduOf(message);
      return `+CMT: ,${length}\r\n${pdu}`;
    }
    const head = this.headOf(message, this.#machine.session.smsDetails, "read").replace(/^"REC UNREAD",/, "");
    return `+CMT: ${head}\r\n${this.bodyOf(message)}`;
  }
}
