// Takes out of a text what tells who somebody is and where: numbers of SIM and device, telephone numbers, addresses, cells,
// tokens. The same thing becomes the same stand-in everywhere, of the same form, so that a record can still be read and
// played. Positions are moved to one place.

/** What is looked for, the likeliest to be mistaken last; `keep` is what stays in front. */
const KINDS: readonly { pattern: RegExp; make: (n: number, found: string) => string }[] = [
  // JWTs, and long runs of base64 or hexadecimal as signatures and keys are
  { pattern: /\beyJ[\w-]{8,}(?:\.[\w-]+){0,2}/g, make: (n) => `token-${n}` },
  {
    pattern: /\b(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[A-Za-z])[A-Za-z0-9+/_-]{40,}={0,2}/g,
    make: (n) => `secret-${n}`,
  },
  // ICCID: 89, 18 to 20 digits
  { pattern: /(?<!\d)89\d{16,18}F?(?!\d)/g, make: (n, found) => pad(`8900000000`, n, found) },
  // IMEI, IMSI
  { pattern: /(?<!\d)\d{15}(?!\d)/g, make: (n, found) => pad("00000000", n, found) },
  { pattern: /(?<![\w.])\+\d{6,15}(?!\d)/g, make: (n) => `+000000${String(n).padStart(6, "0")}` },
  {
    pattern: /(?<![\d.])(?!127\.|0\.0\.0\.0|255\.)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g,
    make: (n) => `192.0.2.${n % 256}`,
  },
  {
    pattern: /(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){4,7}[0-9A-Fa-f]{1,4}(?![\w:])/g,
    make: (n) => `2001:db8::${n.toString(16)}`,
  },
];

/** Lines with fields of the cell or the place, by position behind the colon. */
const FIELDS: readonly { line: RegExp; fields: readonly number[] }[] = [
  { line: /(\+CPSI: ?)([^\r\n"]*)/g, fields: [3, 4, 5] },
  { line: /(\+C[EG]?REG: ?)([^\r\n]*)/g, fields: [] },
  { line: /(\+CGNSINF: ?)([^\r\n"]*)/g, fields: [3, 4, 5] },
  { line: /(\+CLBS: ?)([^\r\n"]*)/g, fields: [1, 2] },
  { line: /(\+SGNSCMD: ?)([^\r\n"]*)/g, fields: [2, 3, 5] },
];

/** @returns the text with stand-ins, and how many different things were replaced */
export function anonymize(text: string): { text: string; replaced: number } {
  const known = new Map<string, string>();
  let count = 0;
  let result = text;
  for (const { pattern, make } of KINDS) {
    let n = 0;
    result = result.replace(pattern, (found) => {
      // The mark of what an earlier pattern put here.
      const before = known.get(found);
      if (before !== undefined) return before;
      if ([...known.values()].includes(found)) return found;
      const standIn = make(++n, found);
      known.set(found, standIn);
      count++;
      return standIn;
    });
  }
  for (const { line, fields } of FIELDS) {
    result = result.replace(line, (_, head: string, rest: string) => {
      const parts = rest.split(",");
      for (const field of fields) if (parts[field]) parts[field] = zeroed(parts[field]);
      // Tracking area and cell stand in quotes in registration lines, which JSON may have escaped.
      const plain = parts.join(",");
      return (
        head +
        (fields.length > 0
          ? plain
          : plain.replace(/(\\?")[0-9A-Fa-f]{1,8}(\\?")/g, (q) => q.replace(/[0-9A-Fa-f]/g, "0")))
      );
    });
  }
  return { text: result, replaced: count };
}

/** Digits become 0, the form stays. */
function zeroed(field: string): string {
  return field.replace(/^0x[0-9A-Fa-f]+/, (hex) => `0x${"0".repeat(hex.length - 2)}`).replace(/(?<!x)\d/g, "0");
}

/** A number of the same length: a prefix, zeros, `n`, and what was behind the digits. */
function pad(prefix: string, n: number, found: string): string {
  const digits = found.replace(/\D/g, "").length;
  const number = String(n);
  return (prefix + number.padStart(digits - prefix.length, "0")).slice(0, digits) + found.slice(digits);
}
