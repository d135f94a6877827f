// Reads what a device writes, over all its connections, and checks it against the rules: ids, DUP, numbers, the window.

import mqtt, { type Packet } from "mqtt-packet";

export class Observer {
  /** Records that were reported delivered: they must not be sent again. */
  readonly delivered = new Set<number>();
  /** Ids under way in this session, and the record or request that each is for. */
  #flying = new Map<number, string>();
  /** `id/record` of what was sent in this session. */
  #sent = new Set<string>();
  #onThisConnection = new Set<string>();
  #resumed = false;
  readonly #window: number;
  readonly #waits: (record: number) => boolean;

  /**
   * @param window messages that may be in flight
   * @param waits whether the outbox has a record: one that it has dropped is not sent again, and no longer counted as in flight
   */
  constructor(window: number, waits: (record: number) => boolean) {
    this.#window = window;
    this.#waits = waits;
  }

  /** A new connection. @returns what to hand the bytes to that the device writes, and those it reads */
  open(): { wrote: (bytes: Uint8Array) => void; read: (bytes: Uint8Array) => void } {
    this.#onThisConnection = new Set();
    this.#resumed = false;
    const reader = (seen: (packet: Packet) => void) => {
      const parser = mqtt.parser({ protocolVersion: 4 });
      parser.on("packet", seen);
      parser.on("error", (error) => {
        throw error;
      });
      return (bytes: Uint8Array) => void parser.parse(Buffer.from(bytes));
    };
    return { wrote: reader((packet) => this.#wrote(packet)), read: reader((packet) => this.#read(packet)) };
  }

  #wrote(packet: Packet): void {
    const id = packet.messageId;
    if (packet.cmd === "publish") this.#published(packet);
    else if (packet.cmd === "subscribe" && this.#flying.get(id!) !== "subscribe") {
      if (this.#flying.has(id!)) throw new Error(`SUBSCRIBE under id ${id}, which is in use`);
      this.#flying.set(id!, "subscribe");
    }
  }

  #published({ messageId: id, dup, payload, qos }: Packet & { cmd: "publish" }): void {
    if (qos === 0) return;
    if (!id) throw new Error("id 0");
    const record = recordOf(String(payload));
    const key = `${id}/${record}`;
    if (this.delivered.has(record)) throw new Error(`record ${record} is sent again after it was delivered`);
    const user = this.#flying.get(id);
    if (user !== undefined && user !== String(record)) throw new Error(`id ${id} is in use for ${user}`);
    if (dup && !this.#sent.has(key) && !this.#resumed)
      throw new Error(`DUP for ${key}, which was not sent in this session`);
    if (!dup && this.#sent.has(key)) throw new Error(`no DUP for ${key}, which was sent in this session`);
    for (const other of this.#sent) {
      if (!other.startsWith(`${id}/`) && other.endsWith(`/${record}`))
        throw new Error(`${key} was ${other} in this session`);
    }
    this.#sent.add(key);
    this.#onThisConnection.add(key);
    this.#flying.set(id, String(record));
    const messages = [...this.#flying.values()].filter((what) => what !== "subscribe" && this.#waits(Number(what)));
    if (messages.length > this.#window) throw new Error(`${messages.length} messages in flight`);
  }

  #read(packet: Packet): void {
    if (packet.cmd === "connack") {
      this.#resumed = packet.sessionPresent;
      // Requests end with their connection; messages only with the session.
      for (const [id, what] of this.#flying)
        if (what === "subscribe" || !packet.sessionPresent) this.#flying.delete(id);
      if (!packet.sessionPresent) this.#sent.clear();
    } else if (packet.cmd === "puback" || packet.cmd === "pubcomp" || packet.cmd === "suback") {
      this.#flying.delete(packet.messageId!);
      for (const key of this.#sent) if (key.startsWith(`${packet.messageId}/`)) this.#sent.delete(key);
    }
  }
}

/** The sequence number that a record's payload begins with. */
export const recordOf = (payload: string): number => Number(payload.split(" ", 1)[0]);
