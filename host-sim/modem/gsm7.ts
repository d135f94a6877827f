// The GSM 7-bit default alphabet (3GPP TS 23.038 §6.2.1), without its extension table but the escape, and its packing.

const ALPHABET =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const ESCAPE = 0x1b;
/** Behind the escape. */
const EXTENSION: Readonly<Record<string, number>> = {
  "^": 0x14,
  "{": 0x28,
  "}": 0x29,
  "\\": 0x2f,
  "[": 0x3c,
  "~": 0x3d,
  "]": 0x3e,
  "|": 0x40,
  "€": 0x65,
};
const EXTENDED = new Map(Object.entries(EXTENSION).map(([char, code]) => [code, char]));

/** Septets of a text; undefined: a character is not in the alphabet. */
export function toSeptets(text: string): number[] | undefined {
  const septets: number[] = [];
  for (const char of text) {
    const code = char === "\u001b" ? -1 : ALPHABET.indexOf(char);
    if (code >= 0) septets.push(code);
    else if (Object.hasOwn(EXTENSION, char)) septets.push(ESCAPE, EXTENSION[char]!);
    else return undefined;
  }
  return septets;
}

/** The text of septets. */
export function fromSeptets(septets: readonly number[]): string {
  let text = "";
  for (let i = 0; i < septets.length; i++) {
    if (septets[i] === ESCAPE) text += EXTENDED.get(septets[++i] ?? 0) ?? " ";
    else text += ALPHABET[septets[i]! & 0x7f];
  }
  return text;
}

/** Septets as octets, low bits first (3GPP TS 23.038 §6.1.2.1). */
export function packed(septets: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((septets.length * 7) / 8));
  septets.forEach((septet, i) => {
    const bit = i * 7;
    bytes[bit >> 3]! |= (septet << (bit & 7)) & 0xff;
    if ((bit & 7) > 1) bytes[(bit >> 3) + 1]! |= septet >> (8 - (bit & 7));
  });
  return bytes;
}

/** `count` septets out of octets. */
export function unpacked(bytes: Uint8Array, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const bit = i * 7;
    const pair = bytes[bit >> 3]! | ((bytes[(bit >> 3) + 1] ?? 0) << 8);
    return (pair >> (bit & 7)) & 0x7f;
  });
}
