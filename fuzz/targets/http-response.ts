// An HTTP answer: head and body keep their limits, only HttpErrors are thrown.

import { HttpError } from "../../firmware/http/errors.js";
import { HTTP_LIMITS, ResponseParser } from "../../firmware/http/response.js";
import { anySplit, attempt, cutSeeds, promise, type Target, words } from "../target.js";

const METHODS = ["GET", "HEAD", "POST"];
/** Smaller than the usual ones, so that inputs reach them. */
const LIMITS = { ...HTTP_LIMITS, body: 1024, headers: 12, headerBytes: 512, headerLine: 256 };

function read(pieces: readonly Uint8Array[]) {
  const events: unknown[] = [];
  const body: number[] = [];
  let first = true;
  let parser: ResponseParser | undefined;
  const outcome = attempt([HttpError], () => {
    for (const piece of pieces) {
      if (piece.length === 0) continue;
      parser ??= new ResponseParser(
        {
          onHead: ({ status, reason, headers }) => {
            const bytes = [...headers].reduce((sum, [name, value]) => sum + name.length + value.length, 0);
            promise(headers.size <= LIMITS.headers && bytes <= LIMITS.headerBytes, "headers pass their limit");
            events.push({ status, reason, headers: [...headers] });
          },
          onBody: (bytes) => {
            body.push(...bytes);
            promise(body.length <= LIMITS.body, "a body is longer than its limit");
          },
        },
        { method: METHODS[piece[0]! % 3]!, upgrade: (piece[0]! & 16) > 0, limits: LIMITS },
      );
      const rest = first ? piece.subarray(1) : piece;
      first = false;
      const taken = parser.push(rest);
      promise(taken === rest.length || (taken < rest.length && parser.done), "bytes were left although it is not done");
      if (parser.done) return "done";
    }
    parser?.end();
    return "ended";
  });
  return { events, body, outcome };
}

export const httpResponse: Target = {
  name: "http-response",
  seeds: cutSeeds(
    "\x00HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 5\r\n\r\nhello",
    "\x00HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n",
    "\x10HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nraw",
    "\x01HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 \r\nX: a\r\n\tfolded\r\nx: b\r\n\r\nuntil close",
    "\x01HTTP/1.1 204 No Content\nContent-Length: 3, 3\n\n",
  ),
  tokens: words(
    ...["HTTP/1.1 ", "HTTP/1.0 ", "200 OK", "100 Continue", "\r\n", "\r\n\r\n", "Content-Length: ", ": ", ", ", "\t"],
    ...["Transfer-Encoding: chunked\r\n", "ffffffff", "0\r\n\r\n", ";ext", "x".repeat(128), "\r", "\n"],
  ),
  work: { base: 1500, perByte: 120 },
  run: (input) => anySplit(input, read),
  endless: () => {
    let parser = new ResponseParser({});
    return (bytes) => {
      const outcome = attempt([HttpError], () => parser.push(bytes));
      if (typeof outcome !== "number" || parser.done) parser = new ResponseParser({});
    };
  },
};
