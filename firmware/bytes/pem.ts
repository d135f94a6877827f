// PEM text to DER and back (RFC 7468), lax about line ends and line lengths, strict about all else.

import { decodeBase64, encodeBase64 } from "./base64.js";

/** One block of a PEM text. */
export interface PemBlock {
  /** What stands behind BEGIN, e.g. `CERTIFICATE`. */
  label: string;
  der: Uint8Array;
  /** True when the block has headers (RFC 1421 `Proc-Type`), as an encrypted key does; `der` is empty then. */
  encrypted: boolean;
}

/**
 * All blocks of a PEM text, in order; text between blocks is skipped.
 * @throws RangeError when a block's END does not match or its body is not base64
 */
export function decodePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  const begins = /-----BEGIN ([A-Z0-9 ]{1,40})-----/g;
  const ends = /-----END ([A-Z0-9 ]{1,40})-----/g;
  for (let begin = begins.exec(text); begin; begin = begins.exec(text)) {
    ends.lastIndex = begins.lastIndex;
    const end = ends.exec(text);
    // No other BEGIN is tried then: each would cost the length of the text.
    if (!end) break;
    const label = begin[1]!;
    if (label !== end[1]) throw new RangeError(`PEM: BEGIN ${label} ends with END ${end[1]}`);
    const body = text.slice(begins.lastIndex, end.index);
    const encrypted = body.includes(":");
    blocks.push({
      label,
      der: encrypted ? new Uint8Array(0) : decodeBase64(body.replace(/[\r\n\t ]/g, "")),
      encrypted,
    });
    begins.lastIndex = ends.lastIndex;
  }
  return blocks;
}

/** DER as a PEM block with lines of 64 characters. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
