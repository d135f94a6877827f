// Whether a text is an IP address. Not node:net's: this runs in a browser too.

const BYTE = /^(25[0-5]|2[0-4]\d|1?\d?\d)$/;
const GROUP = /^[0-9A-Fa-f]{1,4}$/;

/** @returns 4, 6, or 0: neither */
export function isIP(text: string): 0 | 4 | 6 {
  const bytes = text.split(".");
  if (bytes.length === 4 && bytes.every((byte) => BYTE.test(byte))) return 4;
  const halves = text.split("::");
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  if (halves.length > 2 || !groups.every((group) => GROUP.test(group))) return 0;
  return (halves.length === 2 ? groups.length < 8 : groups.length === 8) ? 6 : 0;
}
