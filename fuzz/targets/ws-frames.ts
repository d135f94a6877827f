// WebSocket frames from a server: control frames keep their limit, only WsErrors are thrown.

import { WsError } from "../../firmware/ws/errors.js";
import { CLOSE, CONTROL_LIMIT, closeStatus, FrameReader } from "../../firmware/ws/frames.js";
import { anySplit, attempt, cutSeeds, promise, type Target, words } from "../target.js";

function read(pieces: readonly Uint8Array[]) {
  const data: number[] = [];
  const controls: unknown[] = [];
  const reader = new FrameReader({
    onData: (piece) => {
      data.push(...piece);
    },
    onControl: (opcode, payload) => {
      promise(payload.length <= CONTROL_LIMIT, "a control frame is longer than its limit");
      controls.push([opcode, [...payload], attempt([WsError], () => closeStatus(payload)), data.length]);
    },
  });
  const outcome = attempt([WsError], () => {
    for (const piece of pieces) reader.push(piece);
    return "ended";
  });
  return { data, controls, outcome };
}

export const wsFrames: Target = {
  name: "ws-frames",
  seeds: cutSeeds(
    "\x82\x05hello\x89\x02hi\x8a\x00\x88\x02\x03\xe8",
    "\x02\x03hel\x89\x00\x80\x02lo",
    `\x82\x7e\x00\xc8${"x".repeat(200)}\x88\x00`,
    "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00abc",
    "\x88\x06\x0b\xb8\xce\xba\xe1\xbd\x89\x00",
  ),
  tokens: words(
    "\x82",
    "\x80",
    "\x02",
    "\x00",
    "\x89\x7d",
    "\x88\x02",
    "\x7e\x00\x7e",
    "\x7f\x00\x00\x00\x00",
    "x".repeat(128),
  ),
  work: { base: 400, perByte: 60 },
  run: (input) => anySplit(input, read),
  endless: () => {
    let closed = false;
    const sink = {
      onData: () => {},
      onControl: (opcode: number) => {
        closed ||= opcode === CLOSE;
      },
    };
    let reader = new FrameReader(sink);
    return (bytes) => {
      // Behind a close frame nothing is read.
      if (!attempt([WsError], () => reader.push(bytes)) && !closed) return;
      reader = new FrameReader(sink);
      closed = false;
    };
  },
};
