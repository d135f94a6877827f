import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { latin1 } from "../../../../firmware/bytes/utf8.js";
import {
  type AtEvent,
  AtReader,
  type Expectation,
  MAX_BODY_BYTES,
  MAX_LINE_BYTES,
} from "../../../../firmware/modem/at/reader.js";

const RECEIVING: Expectation = { echo: "AT+CARECV=0,1460", body: { prefix: "+CARECV:", max: 1460 } };

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Events as text, one an item. */
function show(event: AtEvent): string {
  if (event.type === "line") return event.text;
  if (event.type === "body") return `body:${latin1(event.bytes)}`;
  return event.type === "prompt" ? "prompt" : `overflow:${event.what}`;
}

function read(chunks: readonly Uint8Array[], expectation: Expectation = {}): string[] {
  const reader = new AtReader();
  reader.expectation = expectation;
  const events: string[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let event = reader.next(); event; event = reader.next()) events.push(show(event));
  }
  return events;
}

describe("lines", () => {
  test("end with CR, LF or both, and empty ones are skipped", () => {
    expect(read([bytes("\r\n+CSQ: 20,99\r\n\r\nOK\r\nA\rB\n")])).toEqual(["+CSQ: 20,99", "OK", "A", "B"]);
  });

  test("lose the blanks at their end", () => {
    expect(read([bytes("+CPIN: READY  \r\n   \r\nOK \r\n")])).toEqual(["+CPIN: READY", "OK"]);
  });

  test("that equal the command sent are its echo and are skipped", () => {
    expect(read([bytes("AT+CARECV=0,1460\r\r\nOK\r\n")], RECEIVING)).toEqual(["OK"]);
  });

  test("longer than the limit are told once, at the byte too many, and skipped to their end", () => {
    expect(read([bytes(`${"x".repeat(MAX_LINE_BYTES)}\r\nOK\r\n`)])).toEqual(["x".repeat(MAX_LINE_BYTES), "OK"]);
    expect(read([bytes(`${"x".repeat(5 * MAX_LINE_BYTES)}\r\nOK\r\n`)])).toEqual(["overflow:line", "OK"]);
    expect(read([bytes("x".repeat(MAX_LINE_BYTES + 1))])).toEqual(["overflow:line"]);
  });
});

describe("the prompt", () => {
  test("needs no line end, and its blank does not begin the next line", () => {
    expect(read([bytes("\r\n> \r\nOK\r\n")], { prompt: true })).toEqual(["prompt", "OK"]);
  });

  test("is an ordinary character where none is expected, and within a line", () => {
    expect(read([bytes("> a\r\nb>c\r\n")])).toEqual(["> a", "b>c"]);
    expect(read([bytes("b>c\r\n")], { prompt: true })).toEqual(["b>c"]);
  });
});

describe("a counted body", () => {
  test("is taken by count, whatever it holds", () => {
    const body = "\r\nOK\r\n+CARECV: 3,ERROR\r\n>";
    expect(read([bytes(`\r\n+CARECV: ${body.length},${body}\r\nOK\r\n`)], RECEIVING)).toEqual([`body:${body}`, "OK"]);
  });

  test("is announced with a blank behind the colon or without, or with more than one", () => {
    for (const blanks of ["", " ", "   "]) {
      expect(read([bytes(`\r\n+CARECV:${blanks}3, ,\r\r\nOK\r\n+CARECV:${blanks}0\r\n`)], RECEIVING)).toEqual([
        "body: ,\r",
        "OK",
        `+CARECV:${blanks}0`,
      ]);
    }
  });

  test("of no bytes is one, with a comma; without a comma it is a line", () => {
    expect(read([bytes("+CARECV: 0,\r\n+CARECV: 0\r\n")], RECEIVING)).toEqual(["body:", "+CARECV: 0"]);
  });

  test("longer than asked for is an overflow, and what follows is read as lines", () => {
    expect(read([bytes("+CARECV: 1461,ab\r\nOK\r\n")], RECEIVING)).toEqual(["overflow:body", "ab", "OK"]);
    expect(read([bytes(`+CARECV: ${"9".repeat(40)},ab\r\n`)], RECEIVING)).toEqual(["overflow:body", "ab"]);
  });

  test("is not looked for in other lines, nor by other commands", () => {
    expect(read([bytes("+CASTATE: 0,0\r\n+CARECV: x,1\r\n+CARECV: ,1\r\n")], RECEIVING)).toEqual([
      "+CASTATE: 0,0",
      "+CARECV: x,1",
      "+CARECV: ,1",
    ]);
    expect(read([bytes("+CARECV:,1\r\n+CARECV,1,2\r\n+CARECV: 1 2,ab\r\n")], RECEIVING)).toEqual([
      "+CARECV:,1",
      "+CARECV,1,2",
      "+CARECV: 1 2,ab",
    ]);
    expect(read([bytes("+CARECV: 0,10\r\n")])).toEqual(["+CARECV: 0,10"]);
  });
});

test("a chunk must be used up before the next", () => {
  const reader = new AtReader();
  reader.push(bytes("a\r\nb\r\n"));
  reader.next();
  expect(() => reader.push(bytes("c"))).toThrow(RangeError);
});

/** What a modem may say, well-formed and not. */
const fragment = fc.oneof(
  fc.constantFrom(
    "\r\nOK\r\n",
    "\r\n> ",
    ">",
    "\r",
    "\n",
    " ",
    ",",
    "+CARECV: ",
    "+CARECV: 0\r\n",
    "+CADATAIND: 0\r\n",
  ),
  fc.string({ maxLength: 12 }),
  fc.uint8Array({ maxLength: 40 }).map((body) => `\r\n+CARECV: ${body.length},${latin1(body)}\r\nOK\r\n`),
  fc.integer({ min: 0, max: 99_999 }).map((count) => `\r\n+CARECV: ${count},`),
  fc.integer({ min: MAX_LINE_BYTES - 2, max: MAX_LINE_BYTES + 2 }).map((count) => "y".repeat(count)),
);
const stream = fc
  .array(fragment, { maxLength: 12 })
  .map((parts) => Uint8Array.from(parts.join(""), (c) => c.charCodeAt(0) & 255));

test("any split of the input gives the same events", () => {
  const expectation = fc.constantFrom<Expectation>({}, RECEIVING, { prompt: true }, { ...RECEIVING, prompt: true });
  fc.assert(
    fc.property(stream, fc.array(fc.nat(3000), { maxLength: 20 }), expectation, (whole, cuts, expected) => {
      const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
      const parts = at.slice(1).map((end, i) => whole.subarray(at[i], end));
      expect(read(parts, expected)).toEqual(read([whole], expected));
      expect(
        read(
          Array.from(whole, (byte) => Uint8Array.of(byte)),
          expected,
        ),
      ).toEqual(read([whole], expected));
    }),
    { numRuns: 300 },
  );
});

test("what is expected may change at any event without the split mattering", () => {
  fc.assert(
    fc.property(stream, (whole) => {
      const events = (chunks: readonly Uint8Array[]) => {
        const reader = new AtReader();
        const seen: string[] = [];
        for (const chunk of chunks) {
          reader.push(chunk);
          for (let event = reader.next(); event; event = reader.next()) {
            seen.push(show(event));
            reader.expectation = seen.length % 2 === 0 ? {} : { ...RECEIVING, prompt: true };
          }
        }
        return seen;
      };
      expect(events(Array.from(whole, (byte) => Uint8Array.of(byte)))).toEqual(events([whole]));
    }),
    { numRuns: 200 },
  );
});

test("random bytes never make an event larger than the limits", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4000 }), (noise) => {
      for (const event of read([noise], { ...RECEIVING, prompt: true })) {
        expect(event.length).toBeLessThanOrEqual(MAX_BODY_BYTES + "body:".length);
      }
    }),
    { numRuns: 100 },
  );
});
