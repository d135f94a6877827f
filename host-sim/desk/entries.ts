// Makes entries of all that can be heard of a desk. Names, passwords, tokens and keys are left out here: of a CONNECT the
// length of its username, of a request its path without a query, of bytes on the UART their number alone.

import type { Log, LogFields } from "../../firmware/platform/events.js";
import type { ClientPacket, OtherLevel, ServerPacket } from "../cloud/broker/mqtt-wire.js";
import type { CloudEvent, DeskWatcher } from "./desk.js";
import { type Entry, type Lane, shownPayload, withoutTokens } from "./entry.js";
import { HttpHeads } from "./http-heads.js";

/** Takes each entry as it comes. */
export type Emit = (entry: Entry) => void;

type Fields = Partial<Entry>;

const SEQUENCE = /"seq":(\d{1,10})\b/;
/** The number of the record in a payload; undefined: it bears none that can be seen. */
const sequenceOf = (text: string): number | undefined => {
  const found = SEQUENCE.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

/**
 * A watcher that tells everything as entries.
 * @param time milliseconds since the first power-on: a world's
 */
export function entriesOf(
  time: { readonly elapsed: number },
  emit: Emit,
): Required<Omit<DeskWatcher, "clone" | "fed" | "app">> {
  const flights = new Flights();
  const http = new HttpHeads();
  const open = new Set<number>();
  /** The last write to flash: the record it was of is told a moment later. */
  let written: Entry | undefined;
  const tell = (lane: Lane, name: string, fields: Fields = {}): Entry => {
    const entry: Entry = { t: time.elapsed, lane, name, ...fields };
    emit(entry);
    return entry;
  };
  const log: Log = (level, event, fields) => {
    const told = Object.fromEntries(
      Object.entries(fields as LogFields).map(([name, value]) => [
        name,
        typeof value === "string" ? withoutTokens(value) : value,
      ]),
    );
    if (event === "recorded" && written?.t === time.elapsed) written.seq = Number(told.seq);
    tell("log", event, { level, ...told } as Fields);
    if (event === "phase") tell("phase", String(told.phase), { failures: Number(told.failures) });
  };
  return {
    log,
    at: (direction, text) => {
      const seq = direction === "tx" && text.startsWith("AT+CASEND=") ? flights.leaving() : undefined;
      const about = seq === undefined ? {} : { seq };
      tell("at", direction, { way: direction === "tx" ? "up" : "down", text: withoutTokens(text), ...about });
    },
    uart: (way, bytes) => void tell("uart", way === "up" ? "tx" : "rx", { way, bytes: bytes.length }),
    flash: (what, offset, bytes) => {
      const entry = tell("flash", what, { offset, bytes });
      written = what === "write" ? entry : undefined;
    },
    booted: () => void tell("board", "start"),
    crashed: (error) => void tell("board", "crash", { level: "error", text: withoutTokens(String(error)) }),
    dialled: ({ connection, host, alpn }) => {
      open.add(connection);
      tell("net", "dial", { way: "up", connection, host, ...(alpn.length > 0 && { alpn: alpn.join(",") }) });
    },
    ended: (connection) => {
      http.ended(connection);
      if (open.delete(connection)) tell("net", "end", { connection });
    },
    stream: (connection, direction, bytes) => {
      const head = http.heard(connection, direction, bytes);
      if (head) tell("http", head.name, { way: direction, connection, ...head.fields });
    },
    packet: (packet, bytes, connection) =>
      void tell("mqtt", nameOf(packet), {
        ...{ way: "up", connection, bytes: bytes.length },
        ...shown(packet),
        ...flights.said(packet, connection),
      }),
    received: (packet, bytes, connection) =>
      void tell("mqtt", nameOf(packet), {
        ...{ way: "down", connection, bytes: bytes.length },
        ...shown(packet),
        ...flights.heard(packet, connection),
      }),
    posts: (topic, payload) => {
      const shown = shownPayload(payload);
      const seq = sequenceOf(shown.text);
      tell("http", "publish", { way: "up", topic, bytes: payload.length, ...shown, ...(seq !== undefined && { seq }) });
    },
    answered: () => {},
    session: (present) => void tell("net", "session", { way: "down", present }),
    violation: (message) => void tell("mqtt", "violation", { level: "error", text: withoutTokens(message) }),
    cloud: (event) => void tell("cloud", event.type, cloudFields(event)),
    cloned: (connection) => void tell("cloud", "clone", { connection }),
    fault: (fault, value, what) =>
      void tell("fault", fault, {
        what,
        ...(value !== undefined && { value }),
        ...(what === "begins" && { level: "warn" }),
      }),
  };
}

type Packet = ClientPacket | ServerPacket | OtherLevel;

const bytesOf = ({ payload }: Extract<Packet, { cmd: "publish" }>): Uint8Array =>
  typeof payload === "string" ? new TextEncoder().encode(payload) : payload;

const nameOf = ({ cmd }: Packet) => cmd.toUpperCase();

/** What a packet says, as far as anybody may read it. */
function shown(packet: Packet): Fields {
  switch (packet.cmd) {
    case "connect": {
      const { clientId, keepalive = 0, clean = true, username, password } = packet;
      return {
        ...{ clientId, keepAliveS: keepalive, clean },
        ...(username !== undefined && { usernameBytes: username.length }),
        ...(password !== undefined && { passwordBytes: password.length }),
      };
    }
    case "connack":
      return { returnCode: packet.returnCode ?? 0, sessionPresent: packet.sessionPresent };
    case "publish": {
      const { topic, qos, dup, retain, messageId } = packet;
      return {
        ...{ topic, qos, ...shownPayload(bytesOf(packet)) },
        ...(dup && { dup }),
        ...(retain && { retain }),
        ...(messageId !== undefined && { packetId: messageId }),
      };
    }
    case "subscribe":
      return { packetId: packet.messageId ?? 0, topic: packet.subscriptions.map(({ topic }) => topic).join(" ") };
    case "suback":
      return { packetId: packet.messageId ?? 0, granted: packet.granted.join(" ") };
    default: {
      const { messageId } = packet as { messageId?: number };
      return messageId === undefined ? {} : { packetId: messageId };
    }
  }
}

function cloudFields(event: CloudEvent): Fields {
  const { at: _, type, ...rest } = event;
  if (type === "publish") {
    const { payload, ...others } = rest as { payload: Uint8Array };
    const shown = shownPayload(payload);
    const seq = sequenceOf(shown.text);
    return { way: "up", ...others, bytes: payload.length, ...shown, ...(seq !== undefined && { seq }) };
  }
  const told = Object.entries(rest).map(([name, value]) => [
    name,
    typeof value === "object" && value !== null ? JSON.stringify(value) : value,
  ]);
  return Object.fromEntries(told) as Fields;
}

/** Packets of a connection that a PUBACK may come for, at the most. */
const FLIGHTS_MOST = 256;

/** Which record a packet is about, once its PUBLISH was seen. */
class Flights {
  readonly #records = new Map<string, number>();
  /** Of the PUBLISH that was handed over last, until the modem was given it. */
  #leaving: number | undefined;

  said(packet: Packet, connection: number): Fields {
    if (packet.cmd !== "publish") return {};
    const { messageId } = packet;
    const seq = sequenceOf(shownPayload(bytesOf(packet)).text);
    if (seq === undefined) return {};
    this.#leaving = seq;
    if (messageId !== undefined) this.#records.set(`${connection} ${messageId}`, seq);
    if (this.#records.size > FLIGHTS_MOST) this.#records.delete(this.#records.keys().next().value!);
    return { seq };
  }

  heard(packet: Packet, connection: number): Fields {
    if (packet.cmd !== "puback") return {};
    const key = `${connection} ${packet.messageId}`;
    const seq = this.#records.get(key);
    this.#records.delete(key);
    return seq === undefined ? {} : { seq };
  }

  /** The record that the modem is given now, told once. */
  leaving(): number | undefined {
    const seq = this.#leaving;
    this.#leaving = undefined;
    return seq;
  }
}
