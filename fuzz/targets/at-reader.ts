// The modem's line: whatever it sends, lines and bodies keep their limits, and nothing is thrown at all.

import { type AtEvent, AtReader, MAX_BODY_BYTES, MAX_LINE_BYTES } from "../../firmware/modem/at/reader.js";
import { anySplit, cutSeeds, promise, type Target, words } from "../target.js";

const BODY = { prefix: "+CARECV:", max: MAX_BODY_BYTES };

/** The second byte says what the command in flight expects. */
const expectationOf = (flags: number) => ({
  ...((flags & 1) > 0 && { echo: "AT+CARECV=0,1460" }),
  ...((flags & 2) > 0 && { prompt: true }),
  ...((flags & 4) > 0 && { body: BODY }),
});

function read(pieces: readonly Uint8Array[]): AtEvent[] {
  const reader = new AtReader();
  const events: AtEvent[] = [];
  let first = true;
  for (const piece of pieces) {
    if (piece.length === 0) continue;
    if (first) reader.expectation = expectationOf(piece[0]!);
    reader.push(first ? piece.subarray(1) : piece);
    first = false;
    for (let event = reader.next(); event; event = reader.next()) {
      if (event.type === "line") promise(event.text.length <= MAX_LINE_BYTES, "a line is longer than its limit");
      if (event.type === "body") promise(event.bytes.length <= MAX_BODY_BYTES, "a body is longer than its limit");
      events.push(event.type === "body" ? { ...event, bytes: event.bytes.slice() } : event);
    }
  }
  return events;
}

export const atReader: Target = {
  name: "at-reader",
  seeds: cutSeeds(
    "\x05AT+CARECV=0,1460\r\r\n+CARECV: 5,hello\r\n\r\nOK\r\n",
    "\x06\r\n> \r\nOK\r\n+CADATAIND: 0\r\n",
    "\x04+CARECV: 0\r\n\r\nOK\r\n\r\n+CME ERROR: 3\r\n",
    `\x04${"x".repeat(700)}\r\n+CARECV: 9999,`,
  ),
  tokens: words(
    "+CARECV:",
    " ",
    "1460,",
    "\r\n",
    "OK\r\n",
    "> ",
    "AT+CARECV=0,1460",
    "+CSQ: 15,99\r\n",
    "x".repeat(128),
  ),
  work: { base: 400, perByte: 90 },
  // A body takes its memory when it is announced: one in each of the two readings may be cut off.
  bytes: { base: 1_000 + 2 * MAX_BODY_BYTES, perByte: 32 },
  run: (input) => anySplit(input, read),
  endless: () => {
    const reader = new AtReader();
    return (bytes) => {
      reader.push(bytes);
      for (let event = reader.next(); event; event = reader.next()) reader.expectation = { prompt: true, body: BODY };
    };
  },
};
