// The same by JSON.parse: the whole body is gathered, then parsed, then the certificate made DER, so that the same token comes
// out. What is not needed any more is let go.

import { decodePem } from "../../../firmware/bytes/pem.js";
import { tokenOf } from "../../../firmware/cloud/1nce-aws/token.js";
import { takeAnswer } from "./answer.js";

const RECEIVED_AT = 1_750_000_000_000;

function answer(): Record<string, string> {
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
  return JSON.parse(String.fromArrayBuffer(bytes.buffer));
}

const { username, clientId, iotCoreEndpointUrl, amazonRootCaUrl, rootCa } = answer();
const fields = { username: username!, clientId: clientId!, endpoint: iotCoreEndpointUrl!, rootCaUrl: amazonRootCaUrl! };
const token = tokenOf(fields, decodePem(rootCa!)[0]!.der, RECEIVED_AT);
host.print(JSON.stringify({ username: token.username.length, rootCa: token.rootCa?.length, endpoint: token.endpoint }));
host.end();
