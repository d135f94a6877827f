// Host names before they go into an AT line.

/** Longest host that AT+CAOPEN takes (SIM7080 AT V1.07 §12). */
export const MAX_HOST_CHARACTERS = 64;

const isLabel = (text: string) => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(text);

/**
 * True for a host name of RFC 1123 §2.1 labels or an IPv4 address that fits AT+CAOPEN. Quotes, commas, line ends and
 * all else that could end the AT command early are refused thereby.
 */
export function isHost(text: string): boolean {
  return text.length <= MAX_HOST_CHARACTERS && text.split(".").every(isLabel);
}
