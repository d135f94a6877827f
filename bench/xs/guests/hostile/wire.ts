// What servers send: HTTP, WebSocket frames, MQTT, CSV and JSON as they arrive.

import { readJson } from "../../../../firmware/bytes/json.js";
import { JsonFields } from "../../../../firmware/bytes/json-fields.js";
import { latin1 } from "../../../../firmware/bytes/utf8.js";
import { CsvReader } from "../../../../firmware/csv/reader.js";
import { everyElement } from "../../../../firmware/http/list.js";
import { HTTP_LIMITS, ResponseParser } from "../../../../firmware/http/response.js";
import { retryAfterMs } from "../../../../firmware/http/retry-after.js";
import { createDecoder } from "../../../../firmware/mqtt/decoder.js";
import { RamJournal } from "../../../../firmware/mqtt/journal.js";
import { parse } from "../../../../firmware/mqtt/parse.js";
import { decodeSession } from "../../../../firmware/mqtt/saved-session.js";
import { Session } from "../../../../firmware/mqtt/session.js";
import { SessionState } from "../../../../firmware/mqtt/state.js";
import { matches } from "../../../../firmware/mqtt/topics.js";
import { closeStatus, FrameReader } from "../../../../firmware/ws/frames.js";
import { checkUpgrade } from "../../../../firmware/ws/handshake.js";
import { feed, partly } from "./feed.js";

const NOW = Date.UTC(2026, 0, 1);
const NAMES = ["a", "name", "token"];
const SHAPE = { a: "plain", name: "list", token: { a: "plain", deep: "list" } } as const;
const PIECE = 7;

/** Gives the bytes in pieces, as copies: a reader that keeps a view is found out. */
function inPieces(bytes: Uint8Array, take: (piece: Uint8Array) => void): void {
  for (let at = 0; at < bytes.length; at += PIECE) take(bytes.slice(at, at + PIECE));
}

function httpResponse(input: Uint8Array): unknown {
  const told: unknown[] = [];
  const parser = new ResponseParser(
    {
      onHead: (head) => {
        const { status, reason, headers } = head;
        told.push([status, reason, headers, retryAfterMs(head, NOW)]);
        told.push(partly(() => checkUpgrade(head, "dGhlIHNhbXBsZSBub25jZQ==", "mqtt", NOW)));
      },
      onBody: (bytes) => {
        told.push(bytes.slice());
      },
    },
    { upgrade: (input[0] ?? 0) % 2 === 1, limits: { ...HTTP_LIMITS, body: 1024 } },
  );
  told.push(partly(() => inPieces(input.subarray(1), (piece) => parser.done || parser.push(piece))));
  told.push(partly(() => parser.end()));
  return told;
}

function wsFrames(input: Uint8Array): unknown {
  const told: unknown[] = [];
  const reader = new FrameReader({
    onData: (piece) => {
      told.push(piece.slice());
    },
    onControl: (opcode, payload) => {
      told.push([opcode, payload.slice(), partly(() => closeStatus(payload))]);
    },
  });
  told.push(partly(() => inPieces(input, (piece) => reader.push(piece))));
  return told;
}

function mqttClient(input: Uint8Array): unknown {
  const decoder = createDecoder(parse, 128);
  const packets: unknown[] = [];
  packets.push(
    partly(() =>
      inPieces(input, (piece) => {
        decoder.push(piece);
        for (let packet = decoder.next(); packet; packet = decoder.next()) packets.push(JSON.stringify(packet, short));
      }),
    ),
  );
  return packets;
}

const short = (_name: string, value: unknown) => (value instanceof Uint8Array ? value.length : value);

function mqttSession(input: Uint8Array): unknown {
  const told: unknown[] = [];
  const journal = new RamJournal();
  journal.append("t", Uint8Array.of(1, 2, 3));
  journal.append("t", Uint8Array.of(4), 2);
  const session = new Session(
    {
      connect: { clientId: "c", keepAlive: 60, cleanSession: false },
      ...{ journal, state: new SessionState(), receiveBuffer: 128, sendBuffer: 512 },
      subscriptions: [{ filter: "a/#", qos: 2 }],
      onConnected: ({ sessionPresent }) => told.push(["connected", sessionPresent]),
      onMessage: ({ topic, payload, offset }) => {
        told.push(["message", topic, offset + payload.length, matches("a/+/#", topic)]);
      },
      onDelivered: (sequence) => told.push(["delivered", sequence]),
      onClosed: (why) => told.push(["closed", why?.code]),
    },
    NOW,
  );
  const drain = () => {
    for (let bytes = session.take(64, NOW); bytes; bytes = session.take(64, NOW)) told.push(bytes.length);
  };
  session.start(NOW);
  drain();
  for (let at = 0; at < input.length && session.inputRoom > 0; ) {
    const room = Math.min(session.inputRoom, input.length - at);
    session.push(input.subarray(at, at + room), NOW);
    at += room;
    drain();
  }
  return told;
}

feed({
  "http-response": httpResponse,
  "http-list": (input) => everyElement(latin1(input), (element) => element.length < 5),
  "ws-frames": wsFrames,
  "mqtt-client": mqttClient,
  "mqtt-session": mqttSession,
  "saved-session": (input) => decodeSession(input) ?? "none",
  csv: (input) => {
    const told: unknown[] = [];
    const reader = new CsvReader(
      {
        onPiece: (field, piece) => {
          told.push([field, piece.slice()]);
        },
        onField: (field) => {
          told.push(field);
        },
        onRecord: (fields) => {
          told.push(["record", fields]);
        },
      },
      { field: 200, fields: 8 },
    );
    told.push(partly(() => inPieces(input, (piece) => reader.push(piece))));
    told.push(partly(() => reader.end()));
    return told;
  },
  "json-fields": (input) => {
    const told: unknown[] = [];
    const reader = new JsonFields(NAMES, {
      onPiece: (name, piece) => {
        told.push([name, piece.slice()]);
      },
      onValue: (name, kind) => {
        told.push([name, kind]);
      },
    });
    told.push(partly(() => inPieces(input, (piece) => reader.push(piece))));
    told.push(partly(() => reader.end()));
    return told;
  },
  json: (input) => readJson(input, SHAPE),
});
