// The same with JSON.parse, in the way that takes the least: the whole body in one buffer of its length, then one string, of
// which the buffer need not be kept; what comes out is left as it is (the certificate is text).

import { takeAnswer } from "./answer.js";

function body(): string {
  let bytes = new Uint8Array(0);
  let at = 0;
  takeAnswer("json", {
    onHead: ({ headers }) => {
      bytes = new Uint8Array(Number(headers.get("content-length")));
    },
    onBody: (piece) => {
      bytes.set(piece, at);
      at += piece.length;
    },
  });
  return String.fromArrayBuffer(bytes.buffer);
}

const token = JSON.parse(body());
host.print(JSON.stringify({ username: token.username.length, rootCa: token.rootCa.length, endpoint: token.endpoint }));
host.end();
