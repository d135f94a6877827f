// Packets in hexadecimal, as the standard's figures show them.

/** Bytes of hex digits; spaces and bars are for the reader. */
export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/[ |]/g, ""), "hex"));

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
