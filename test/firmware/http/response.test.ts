import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { HttpError } from "../../../firmware/http/errors.js";
import {
  HTTP_LIMITS,
  type ResponseHead,
  type ResponseOptions,
  ResponseParser,
} from "../../../firmware/http/response.js";
import { cuts, pieces, singly } from "../../support/pieces.js";

interface Answer {
  heads: ResponseHead[];
  body: string;
  done: boolean;
  /** Bytes that belong to the answer. */
  taken: number;
  error?: string;
}

/** Feeds pieces, then the end of the connection if `close`. */
function parse(input: readonly Uint8Array[], options: ResponseOptions = {}, close = false): Answer {
  const answer: Answer = { heads: [], body: "", done: false, taken: 0 };
  const parser = new ResponseParser(
    {
      onHead: (head) => answer.heads.push(head),
      onBody: (piece) => {
        answer.body += Buffer.from(piece).toString("latin1");
      },
    },
    options,
  );
  try {
    for (const piece of input) answer.taken += parser.push(piece);
    if (close) parser.end();
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    answer.error = error.code;
  }
  answer.done = parser.done;
  return answer;
}

const bytes = (text: string) => [new Uint8Array(Buffer.from(text, "latin1"))];
const answer = (lines: string[], body = "") => bytes(`${lines.join("\r\n")}\r\n\r\n${body}`);

describe("the head", () => {
  test("gives status, reason and headers by lower-case name", () => {
    const { heads, done } = parse(
      answer([
        "HTTP/1.1 404 Not Found",
        "Content-Type:  text/html \t",
        "X-A: 1",
        "x-a: 2",
        "CONTENT-LENGTH: 0",
        "Empty:",
      ]),
    );
    expect(done).toBe(true);
    expect(heads).toHaveLength(1);
    expect(heads[0]!.status).toBe(404);
    expect(heads[0]!.reason).toBe("Not Found");
    expect(parse(answer(["HTTP/1.1 404", "A: b"])).heads[0]!.reason).toBe("");
    expect(Object.fromEntries(heads[0]!.headers)).toEqual({
      "content-type": "text/html",
      "x-a": "1, 2",
      "content-length": "0",
      empty: "",
    });
  });

  test.each(["HTTP/1.1 200 ", "HTTP/1.1 200", "HTTP/1.0 200 OK"])("takes the status line %j", (line) => {
    expect(parse(answer([line, "Content-Length: 0"])).heads[0]!.status).toBe(200);
  });

  test.each([
    "HTTP/2 200 OK",
    "HTTP/1.1 20 OK",
    "HTTP/1.1 600 OK",
    "http/1.1 200 OK",
    "x HTTP/1.1 200 OK",
    "HTTP/1.1 200 O\rK",
    "HTTP/1.1 2000 OK",
    "HTTP/1.1  200 OK",
    "<html>",
    "",
  ])("refuses the status line %j", (line) => {
    expect(parse(answer([line])).error).toBe("http-syntax");
  });

  test.each(["no colon", "Name : value", ": value", "N\u0000: v", "N: v\u0001", "N: a\rb", "N\u00e9: v"])(
    "refuses the header line %j",
    (line) => {
      expect(parse(answer(["HTTP/1.1 200 OK", line])).error).toBe("http-syntax");
    },
  );

  test("takes a bare LF as line end, and folded lines as one", () => {
    const { heads, done } = parse(bytes("HTTP/1.1 200 OK\nA: b\n  c\n\td\nContent-Length: 0\n\n"));
    expect(heads[0]!.headers.get("a")).toBe("b c d");
    expect(done).toBe(true);
  });

  test("keeps the headers that are asked for, and all that the framing rests on", () => {
    const lines = ["HTTP/1.1 200 OK", "A: b", " folded", "C: d", "content-length: 2", "C: e", " f", "X: y", "\tz"];
    const { heads, body, done } = parse(answer(lines, "ok"), { keeps: ["c", "absent"] });
    expect(Object.fromEntries(heads[0]!.headers)).toEqual({ c: "d, e f", "content-length": "2" });
    expect([body, done]).toEqual(["ok", true]);
  });

  test("a folded first line has nothing to continue", () => {
    expect(parse(answer(["HTTP/1.1 200 OK", " a: b"])).error).toBe("http-syntax");
  });

  test("interim answers are skipped, a few of them", () => {
    const interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    const final = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    const { heads, body } = parse(bytes(interim + final));
    expect(heads.map(({ status }) => status)).toEqual([200]);
    expect(heads[0]!.headers.has("link")).toBe(false);
    expect(body).toBe("ok");
    expect(parse(bytes("HTTP/1.1 100 C\r\n\r\n".repeat(HTTP_LIMITS.interim) + final)).error).toBeUndefined();
    expect(parse(bytes("HTTP/1.1 100 C\r\n\r\n".repeat(HTTP_LIMITS.interim + 1))).error).toBe("http-limit");
  });

  test("101 ends the answer when asked for, and what follows is left; unasked it is refused", () => {
    const input = answer(["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket"], "\x81\x00");
    const upgraded = parse(input, { upgrade: true });
    expect(upgraded.done).toBe(true);
    expect(upgraded.taken).toBe(input[0]!.length - 2);
    expect(parse(input).error).toBe("http-syntax");
  });
});

describe("the body", () => {
  test("ends with its length; what follows is not taken", () => {
    const input = answer(["HTTP/1.1 200 OK", "Content-Length: 5"], "helloHTTP/1.1");
    expect(parse(input)).toMatchObject({ body: "hello", done: true, taken: input[0]!.length - 8 });
  });

  test("ends with the connection when nothing else tells", () => {
    const input = answer(["HTTP/1.0 200 OK"], "hello");
    expect(parse(input).done).toBe(false);
    expect(parse(input, {}, true)).toMatchObject({ body: "hello", done: true });
  });

  test("in chunks, with extensions, trailers and sizes in any case", () => {
    const chunks = '5;a=b;c="d"\r\nhello\r\n00A \r\n, 10 bytes\r\n0;last\r\nTrailer: x\r\nother: y\r\n\r\n';
    const input = answer(["HTTP/1.1 200 OK", "Transfer-Encoding: Chunked"], chunks);
    expect(parse(input)).toMatchObject({ body: "hello, 10 bytes", done: true, taken: input[0]!.length });
  });

  test.each([
    ["HEAD", "HTTP/1.1 200 OK"],
    ["GET", "HTTP/1.1 204 No Content"],
    ["GET", "HTTP/1.1 304 Not Modified"],
  ])("is absent in an answer to %s that begins %s, whatever its length says", (method, line) => {
    expect(parse(answer([line, "Content-Length: 5"]), { method })).toMatchObject({ done: true, body: "" });
    expect(parse(answer([line]), { method })).toMatchObject({ done: true, body: "" });
  });

  test("equal lengths are one length; all else that is ambiguous is refused", () => {
    const framing = (...headers: string[]) => parse(answer(["HTTP/1.1 200 OK", ...headers])).error;
    expect(parse(answer(["HTTP/1.1 200 OK", "Content-Length: 2", "content-length: 2"], "ok")).body).toBe("ok");
    expect(framing("Content-Length: 2", "Content-Length: 3")).toBe("http-framing");
    expect(framing("Content-Length: 2, 3")).toBe("http-framing");
    expect(framing("Content-Length: +2")).toBe("http-framing");
    expect(framing("Content-Length: -1")).toBe("http-framing");
    expect(framing("Content-Length:")).toBe("http-framing");
    expect(framing("Content-Length: 0x10")).toBe("http-framing");
    expect(framing("Content-Length: 2", "Transfer-Encoding: chunked")).toBe("http-framing");
    expect(framing("Transfer-Encoding: gzip, chunked")).toBe("http-framing");
    expect(framing("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")).toBe("http-framing");
    expect(parse(answer(["HTTP/1.0 200 OK", "Transfer-Encoding: chunked"])).error).toBe("http-framing");
  });

  test.each(["", "x", "-1", "0x5", "123456789", "5 5", " 5"])("refuses the chunk size %j", (size) => {
    const input = answer(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"], `${size}\r\n`);
    expect(parse(input).error).toBe("http-syntax");
  });

  test("a carriage return within a trailer is refused", () => {
    const input = answer(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"], "0\r\nA: b\rc\r\n\r\n");
    expect(parse(input).error).toBe("http-syntax");
  });

  test("a chunk longer than its size is refused", () => {
    const input = answer(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"], "2\r\nhello\r\n");
    expect(parse(input).error).toBe("http-syntax");
  });

  test.each([
    ["in the status line", "HTTP/1.1 20"],
    ["in the headers", "HTTP/1.1 200 OK\r\nA: b\r\n"],
    ["in a counted body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"],
    ["in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell"],
    ["before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
    ["in the trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"],
    ["before anything", ""],
  ])("a connection that ends %s is a truncated answer", (_, text) => {
    expect(parse(bytes(text), {}, true).error).toBe("http-truncated");
  });
});

describe("limits", () => {
  const limits = { statusLine: 40, headerLine: 50, headers: 3, headerBytes: 100, chunkLine: 20, body: 10 };
  const parseLimited = (lines: string[], body = "") => parse(answer(lines, body), { limits });
  const ok = "HTTP/1.1 200 OK";
  const chunked = "Transfer-Encoding: chunked";

  test.each<[string, string[], string]>([
    ["status line", [`HTTP/1.1 200 ${"x".repeat(26)}`], ""],
    ["header line", [ok, `A: ${"x".repeat(46)}`], ""],
    ["header count", [ok, "A: 1", "B: 1", "C: 1", "D: 1"], ""],
    ["header bytes", [ok, `A: ${"x".repeat(40)}`, `B: ${"x".repeat(40)}`, `C: ${"x".repeat(20)}`], ""],
    ["chunk line", [ok, chunked], `1;${"x".repeat(20)}\r\n`],
    ["declared body", [ok, "Content-Length: 11"], ""],
    ["chunked body", [ok, chunked], "6\r\n123456\r\n5\r\n"],
    ["body to the end", [ok], "12345678901"],
    ["trailer count", [ok, chunked], "0\r\nA: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n"],
    ["trailer line", [ok, chunked], `0\r\nA: ${"x".repeat(46)}\r\n`],
  ])("%s", (_, lines, body) => {
    expect(parseLimited(lines, body).error).toBe("http-limit");
  });

  test("what just fits is taken", () => {
    expect(parseLimited([`HTTP/1.1 200 ${"x".repeat(25)}`, "Content-Length: 10"], "1234567890").done).toBe(true);
    expect(parseLimited([ok, chunked], "5\r\n12345\r\n5\r\n12345\r\n0\r\n\r\n").done).toBe(true);
  });

  test.each<[string, string[]]>([
    ["header line", [ok, `A: ${"x".repeat(45)}`, "Content-Length: 0"]],
    ["header count", [ok, "A: 1", "B: 1", "Content-Length: 0"]],
    ["header bytes", [ok, `A: ${"x".repeat(38)}`, `B: ${"x".repeat(39)}`, "Content-Length: 0"]],
  ])("a %s that just fits is taken", (_, lines) => {
    expect(parseLimited(lines).done).toBe(true);
  });

  test("a line without end is refused as soon as it passes the limit", () => {
    expect(parse(singly(bytes(`HTTP/1.1 200 ${"x".repeat(300)}`)[0]!)).error).toBe("http-limit");
  });
});

test.each([
  ["no HTTP", "SSH-2.0-x\r\n", "back-off"],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n", "back-off"],
  ["too much", `HTTP/1.1 200 OK\r\nA: ${"x".repeat(2000)}`, "back-off"],
  ["cut short", "HTTP/1.1 200 OK\r\n", "retry"],
])("an answer that is %s asks for what may help", (_, text, advice) => {
  const parser = new ResponseParser({});
  const take = () => {
    parser.push(Buffer.from(text));
    parser.end();
  };
  expect(take).toThrow(expect.objectContaining({ advice }));
});

test("who wants neither head nor body gets to the end of the answer all the same", () => {
  const parser = new ResponseParser({});
  parser.push(answer(["HTTP/1.1 200 OK", "Content-Length: 2"], "ok")[0]!);
  expect(parser.done).toBe(true);
});

describe("any split", () => {
  const token = fc.string({ unit: fc.constantFrom(..."abcXYZ-09"), minLength: 1, maxLength: 12 });
  const headers = fc.array(fc.tuple(token, token), { maxLength: 5 });
  const body = fc.uint8Array({ maxLength: 120 }).map((piece) => Buffer.from(piece).toString("latin1"));
  const framing = fc.constantFrom("length", "chunked", "close");

  test("gives the same head and body", () => {
    fc.assert(
      fc.property(headers, body, framing, cuts, cuts, (list, content, how, chunkCuts, at) => {
        const lines = ["HTTP/1.1 200 OK", ...list.map(([name, value]) => `x-${name}: ${value}`)];
        let text = content;
        if (how === "length") lines.push(`Content-Length: ${content.length}`);
        if (how === "chunked") {
          lines.push("Transfer-Encoding: chunked");
          const chunks = pieces(Buffer.from(content, "latin1"), chunkCuts).filter(({ length }) => length > 0);
          const framed = chunks.map(
            (chunk) => `${chunk.length.toString(16)}\r\n${Buffer.from(chunk).toString("latin1")}\r\n`,
          );
          text = `${framed.join("")}0\r\n\r\n`;
        }
        const whole = answer(lines, text);
        const expected = parse(whole, {}, how === "close");
        expect(expected).toMatchObject({ done: true, body: content });
        expect(parse(pieces(whole[0]!, at), {}, how === "close")).toEqual(expected);
        expect(parse(singly(whole[0]!), {}, how === "close")).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test("of anything at all ends in the same way, and never in another error", () => {
    const junk = fc
      .array(
        fc.constantFrom(
          "HTTP/1.1 ",
          "200 OK",
          "\r\n",
          "\n",
          "a: b",
          "Content-Length: 3",
          "Transfer-Encoding: chunked",
          "3",
          "0",
          ";",
          " ",
          "\u0000",
        ),
        {
          maxLength: 16,
        },
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(junk, cuts, (text, at) => {
        const whole = bytes(`HTTP/1.1 200 OK\r\n${text}`);
        const expected = parse(whole, {}, true);
        const split = parse(pieces(whole[0]!, at), {}, true);
        expect({ ...split, taken: 0 }).toEqual({ ...expected, taken: 0 });
      }),
      { numRuns: 1000 },
    );
  });
});
