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

const matchBlocks = (text: string) =>
  text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----([\s\S]*?)-----END ([A-Z0-9 ]{1,40})-----/g);

/**
 * All blocks of a PEM text, in order; text between blocks is skipped.
 * @throws RangeError when a block's END does not match or its body is not base64
 */
export function decodePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (const [, label, body, end] of matchBlocks(text)) {
    if (label !== end) throw new RangeError(`PEM: BEGIN ${label} ends with END ${end}`);
    const encrypted = body!.includes(":");
    blocks.push({
      label: label!,
      der: encrypted ? new Uint8Array(0) : decodeBase64(body!.replace(/[\r\n\t ]/g, "")),
      encrypted,
    });
  }
  return blocks;
}

/** DER as a PEM block with lines of 64 characters. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
