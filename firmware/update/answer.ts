// What a server's answer to the request for a file means for an update that was begun: whether its bytes go on where the
// last ones ended (RFC 9110 §14), or it is another file. Nothing here does IO.

import { crc32 } from "../bytes/crc32.js";
import { encodeUtf8 } from "../bytes/utf8.js";
import type { ResponseHead } from "../http/response.js";
import { UpdateError } from "./error.js";

/** What was asked for. */
export interface Asked {
  /** Bytes that are there already: the first that is wanted. */
  from: number;
  /** Bytes of the whole file, as its manifest has it. */
  length: number;
  /** CRC-32 of the ETag seen before; 0: none was. */
  etag: number;
}

/** What comes. */
export interface Coming {
  /** Bytes in front that are there already. */
  skip: number;
  /** Bytes of the answer's body. */
  bytes: number;
  /** As above, of this answer. */
  etag: number;
}

/** `Content-Range: bytes 4096-65535/65536` (RFC 9110 §14.4). */
const contentRange = (text: string) => /^bytes ([0-9]{1,15})-([0-9]{1,15})\/([0-9]{1,15})$/.exec(text.toLowerCase());
const isNumber = (text: string) => /^[0-9]{1,15}$/.test(text);

/** The value of a Range header: one stream to the end, not many pieces. */
export const rangeFrom = (from: number) => `bytes=${from}-`;

/** Bytes of its body, as an answer tells them; undefined: it does not. */
export function lengthOf({ headers }: ResponseHead): number | undefined {
  const said = headers.get("content-length");
  return said !== undefined && isNumber(said) ? Number(said) : undefined;
}

/**
 * What an answer brings.
 * @throws UpdateError `update-status` for one that brings no file, `update-changed` for another file, `update-range` for
 *   other bytes of it than were asked for
 */
export function comingOf(head: ResponseHead, { from, length, etag }: Asked): Coming {
  const { status, headers } = head;
  if (status === 416) throw new UpdateError("update-range", "the server has no bytes behind those that are here");
  if (status !== 200 && status !== 206) throw new UpdateError("update-status", `the server answers ${status}`);
  const coding = headers.get("content-encoding");
  if (coding !== undefined && coding !== "identity") {
    throw new UpdateError("update-changed", "the server has packed the file on its way");
  }
  const tag = headers.get("etag");
  const seen = tag === undefined ? 0 : crc32(encodeUtf8(tag));
  if (from > 0 && etag !== 0 && seen !== 0 && seen !== etag) {
    throw new UpdateError("update-changed", "the file has another ETag than when it was begun");
  }
  const told = lengthOf(head);
  if (status === 200) {
    if (told !== undefined && told !== length) {
      throw new UpdateError("update-changed", `the file has ${told} bytes, and ${length} were signed for`);
    }
    return { skip: from, bytes: length, etag: seen };
  }
  const range = contentRange(headers.get("content-range") ?? "");
  const [first, last, whole] = range === null ? [-1, -1, -1] : [Number(range[1]), Number(range[2]), Number(range[3])];
  if (whole >= 0 && whole !== length) {
    throw new UpdateError("update-changed", `the file has ${whole} bytes, and ${length} were signed for`);
  }
  if (first !== from || last! < first || last! >= length) {
    throw new UpdateError("update-range", "the server sends other bytes than were asked for");
  }
  return { skip: 0, bytes: last! - first + 1, etag: seen };
}
