// The onboarding answer as it comes from the network: pieces of what one AT+CARECV gives.

import { type ResponseConsumer, ResponseParser } from "../../../firmware/http/response.js";

const PIECE_BYTES = 1460;

/** Takes the HTTP answer in the bench's file. */
export function takeAnswer(file: string, consumer: ResponseConsumer): void {
  const parser = new ResponseParser(consumer);
  for (let at = 0; !parser.done; ) {
    const piece = host.input(file, at, PIECE_BYTES);
    if (piece === undefined) throw new Error("the answer is cut");
    parser.push(new Uint8Array(piece));
    at += piece.byteLength;
  }
}
