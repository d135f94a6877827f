// Host names from outside: they go into a modem command, a TLS extension and a certificate check, so they are checked first.

const isLabel = (text: string) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(text);
/** RFC 1035 §2.3.4, without the final dot. */
const HOST_LIMIT = 253;

/** True for a host name of two labels or more (RFC 1123 §2.1) that is no address: its last label has a letter. */
export function isHostName(text: string): boolean {
  if (text.length > HOST_LIMIT) return false;
  const labels = text.split(".");
  return labels.length >= 2 && labels.every(isLabel) && /[A-Za-z]/.test(labels.at(-1)!);
}

/**
 * True when `host` fits `pattern`: the same name, or for a pattern `*.rest` any name that ends in `.rest`.
 * Case does not matter (RFC 4343).
 */
export function matchesHost(host: string, pattern: string): boolean {
  const name = host.toLowerCase();
  const wanted = pattern.toLowerCase();
  if (!wanted.startsWith("*.")) return name === wanted;
  return name.length > wanted.length - 1 && name.endsWith(wanted.slice(1));
}
