// A whole MQTT session at the hands of a broker that sends anything: it ends with an MqttError or goes on, never throws, and
// what waits to be sent and what is remembered stay bounded.

import { MqttError } from "../../firmware/mqtt/error.js";
import { RamJournal } from "../../firmware/mqtt/journal.js";
import { Session } from "../../firmware/mqtt/session.js";
import { SessionState } from "../../firmware/mqtt/state.js";
import type { Failure } from "../../firmware/platform/failure.js";
import { cut, cutSeeds, promise, type Target, words } from "../target.js";

const NOW = 1_000;
const connect = { clientId: "c", keepAlive: 60, cleanSession: false };

function talk(pieces: readonly Uint8Array[]) {
  const events: unknown[] = [];
  const sent: number[] = [];
  const journal = new RamJournal();
  journal.append("t", Uint8Array.of(1, 2, 3));
  journal.append("t", Uint8Array.of(4), 2);
  const state = new SessionState();
  let failure: Failure | undefined;
  const session = new Session(
    {
      ...{ connect, journal, state, receiveBuffer: 128, sendBuffer: 512 },
      subscriptions: [{ filter: "a/#", qos: 2 }],
      onConnected: ({ sessionPresent }) => events.push(["connected", sessionPresent]),
      onMessage: ({ topic, payload, offset }) => events.push(["message", topic, offset + payload.length]),
      onDelivered: (sequence) => events.push(["delivered", sequence]),
      onClosed: (why) => {
        failure = why;
        events.push(["closed", why?.code]);
      },
    },
    NOW,
  );
  const drain = () => {
    for (let bytes = session.take(64, NOW); bytes; bytes = session.take(64, NOW)) sent.push(...bytes);
  };
  session.start(NOW);
  drain();
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const room = Math.min(session.inputRoom, piece.length - at);
      if (room <= 0) break;
      session.push(piece.subarray(at, at + room), NOW);
      at += room;
      drain();
    }
  }
  promise(failure === undefined || failure instanceof MqttError, `ended by ${failure?.name}: ${failure?.message}`);
  promise(state.flights.size <= 32 && state.granted.size <= 1, "more is remembered than was asked for");
  const deadline = session.nextDeadline();
  promise(session.phase === "closed" || deadline !== undefined, "it waits without a deadline");
  return { events, sent };
}

export const mqttSession: Target = {
  name: "mqtt-session",
  seeds: cutSeeds(
    "\x20\x02\x00\x00\x90\x03\x00\x01\x02\x40\x02\x00\x02\x50\x02\x00\x03\x70\x02\x00\x03",
    "\x20\x02\x01\x00\x34\x07\x00\x01a\x00\x09hi\x62\x02\x00\x09\xd0\x00",
    "\x20\x02\x00\x05",
    "\x20\x02\x00\x00\x32\x07\x00\x01a\x00\x01hi\x32\x07\x00\x01a\x00\x02hi",
  ),
  tokens: words(
    ...[
      "\x20\x02\x00\x00",
      "\x20\x02\x01\x00",
      "\x90\x03\x00\x01\x02",
      "\x40\x02\x00\x02",
      "\x50\x02\x00\x03",
      "\x70\x02\x00\x03",
    ],
    ...["\x62\x02\x00\x09", "\x34\x07\x00\x01a\x00\x09hi", "\xd0\x00", "\xb0\x02\x00\x01", "\x00\x01"],
  ),
  work: { base: 20_000, perByte: 600 },
  bytes: { base: 12_000, perByte: 256 },
  run: (input) => {
    talk([input.subarray(1)]);
    // What is sent depends on when it is asked: only that it goes well is the same for all splits.
    talk(cut(input.subarray(1), input[0] ?? 0));
  },
};
